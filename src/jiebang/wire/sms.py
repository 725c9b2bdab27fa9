"""Texts to a number, through the operator's SMS gateway: one JSON post, `{"to": …, "text": …}`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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


def reminder_text(platforms: Sequence[str], *, at: datetime, url: str) -> str:
    """Write the text that reminds of deregistrations which leave `at` a time, given in the holder's zone."""
    offset = at.isoformat()[-6:]
    return (
        f"【解绑】您申请注销在{'、'.join(platforms)}的账号，{at.month}月{at.day}日{at:%H:%M}（UTC{offset}）"
        f"起由平台办理。如需撤回，请在此之前打开 {url}/orders 。\n"
        f"[Jiebang] You asked to close your account at {', '.join(platforms)}. From {at.day} {at:%b %H:%M} "
        f"(UTC{offset}) the platform acts on it. To take it back before then, go to {url}/orders"
    )
