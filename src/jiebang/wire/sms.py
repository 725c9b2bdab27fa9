"""Texts to a number, through the operator's SMS gateway: one JSON post, `{"to": …, "text": …}`."""

from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from jiebang.domain.number import Number


class TextNotTaken(Exception):  # noqa: N818 - a state of the gateway, named as what happened
    """The SMS gateway did not take the text; it will be offered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The operator's SMS gateway, on an open HTTP session."""

    url: str
    session: aiohttp.ClientSession

    async def send(self, number: Number, text: str) -> None:
        """Hand over a text; raises `TextNotTaken`, which says nothing of what was in it."""
        try:
            async with self.session.post(self.url, json={"to": number.e164, "text": text}) as answer:
                taken = answer.ok
        except (aiohttp.ClientError, TimeoutError) as refused:
            raise TextNotTaken from refused
        if not taken:
            raise TextNotTaken


def code_text(code: str, *, life: timedelta) -> str:
    """Write the text that carries a code, in both languages: who reads it is not known yet."""
    minutes = int(life.total_seconds() // 60)
    return (
        f"【解绑】您的验证码是 {code}，{minutes} 分钟内有效。如非本人操作，请忽略。\n"
        f"[Jiebang] Your code is {code}, good for {minutes} minutes. Not you? Ignore this."
    )
