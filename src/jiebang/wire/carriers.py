"""
Carriers without a feed, asked through their own CAMARA interfaces.

A number can be ported, so its digits never say whose it is: every carrier that the operator has named for
the number's country is asked, and the one that knows the number answers.
"""

import asyncio
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from jiebang.domain.number import Number
from jiebang.wire.keys import Key
from jiebang.wire.oauth import ASSERTION_TYPE, sign_assertion

_PATIENCE = aiohttp.ClientTimeout(total=5)
_RENEW_BEFORE = timedelta(seconds=30)


class CarrierSilent(Exception):  # noqa: N818 - a state of the carrier, named as what happened
    """No carrier knew the number, and not every one has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One of CAMARA's two checks: where it is, what it asks and what it says."""

    path: str
    scope: str
    day: str
    answer: str
    says_changed: bool
    """Whether `true` means that the number has changed hands."""


CHECKS = (
    Check(
        path="/number-recycling/v0.2/check", scope="number-recycling:check", day="specifiedDate",
        answer="phoneNumberRecycled", says_changed=True,
    ),
    Check(
        path="/kyc-tenure/v0.2/check-tenure", scope="kyc-tenure:check-tenure", day="tenureDate",
        answer="tenureDateCheck", says_changed=False,
    ),
)  # fmt: skip
"""number-recycling 0.2, and kyc-tenure 0.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A carrier that can be asked, as the operator has written it down."""

    api_root: str
    token_url: str
    client_id: str
    countries: frozenset[str]
    """The country calling codes in which it serves numbers."""


class NotSources(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The list of carriers cannot be understood."""


def read_sources(path: Path) -> list[Source]:
    """Read the operator's list, a TOML file with a `[[carrier]]` each; raises `OSError` and `NotSources`."""
    try:
        listed = tomllib.loads(path.read_text())["carrier"]
        return [
            Source(
                api_root=one["api_root"].rstrip("/"), token_url=one["token_url"],
                client_id=one["client_id"], countries=frozenset(map(str, one["countries"])),
            )
            for one in listed
        ]  # fmt: skip
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise NotSources from wrong


@dataclass(kw_only=True)
class Carriers:
    """The carriers that can be asked; `key` shows each who is asking (private_key_jwt)."""

    sources: Sequence[Source]
    key: Key = field(repr=False)
    now: Callable[[], datetime]
    _session: aiohttp.ClientSession | None = None
    _tokens: dict[Source, tuple[str, datetime]] = field(default_factory=dict, repr=False)

    async def ask(self, check: Check, *, number: Number, on: date) -> bool | None:
        """
        Ask the carriers of a number's country; `None` where all have answered that they do not know it.

        Where two claim it, as on the day of a port, the answer that makes a platform look again counts.
        Raises `CarrierSilent`.
        """
        asked = [source for source in self.sources if number.country in source.countries]
        said = {"phoneNumber": number.e164, check.day: on.isoformat()}
        answers = await asyncio.gather(*(self._ask(source, check, said=said) for source in asked))
        known = [answer for answer in answers if isinstance(answer, bool)]
        if known:
            return check.says_changed if check.says_changed in known else not check.says_changed
        if any(isinstance(answer, CarrierSilent) for answer in answers):
            raise CarrierSilent
        return None

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def _ask(
        self, source: Source, check: Check, *, said: Mapping[str, str]
    ) -> bool | CarrierSilent | None:
        try:
            for fresh in (False, True):
                headers = {"Authorization": f"Bearer {await self._token(source, fresh=fresh)}"}
                url = source.api_root + check.path
                async with self._opened().post(url, json=said, headers=headers) as reply:
                    if reply.status == HTTPStatus.UNAUTHORIZED and not fresh:
                        continue
                    return _heard(reply.status, await reply.json(content_type=None), check=check)
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError):
            pass  # told as silence: what a carrier writes when it fails may hold the number
        return CarrierSilent()

    async def _token(self, source: Source, *, fresh: bool) -> str:
        now = self.now()
        token, until = self._tokens.get(source, ("", now))
        if fresh or now >= until:
            form = {
                "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": sign_assertion(
                    source.client_id, source.token_url, key=self.key, now=now
                ),
                "scope": " ".join(check.scope for check in CHECKS),
            }  # fmt: skip
            async with self._opened().post(source.token_url, data=form) as reply:
                granted = await reply.json(content_type=None)
            token = str(granted["access_token"])
            until = now + timedelta(seconds=float(granted.get("expires_in", 0))) - _RENEW_BEFORE
            self._tokens[source] = (token, until)
        return token

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_PATIENCE)
        return self._session


def _heard(status: int, said: Any, *, check: Check) -> bool | CarrierSilent | None:  # noqa: ANN401 - JSON
    if status == HTTPStatus.OK and isinstance(said.get(check.answer), bool):
        return bool(said[check.answer])
    if status == HTTPStatus.NOT_FOUND and said.get("code") == "IDENTIFIER_NOT_FOUND":
        return None
    return CarrierSilent()
