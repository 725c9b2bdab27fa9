"""
Carriers without a feed, asked through their own CAMARA interfaces.

A number can be ported, so its digits never say whose it is: every carrier that the operator has named for
the number's country is asked, and the one that knows the number answers.
"""

import asyncio
import tomllib
from collections import defaultdict
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
from jiebang.wire.replies import read_object

_PATIENCE_SECONDS = 5.0
_WIDTH = 50
"""Questions to one carrier at a time, whoever asks; one that waits too long for its turn is not answered."""
_RENEW_BEFORE = timedelta(seconds=30)

_UNHEARD = (aiohttp.ClientError, TimeoutError, LookupError, OverflowError, TypeError, ValueError)
"""What asking can raise: a carrier is not there, or does not keep to the definitions."""


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
    patience: float = _PATIENCE_SECONDS
    """How long one question to one carrier may take, with all that belongs to it."""
    _session: aiohttp.ClientSession | None = None
    _tokens: dict[Source, tuple[str, datetime]] = field(default_factory=dict, repr=False)
    _fetching: dict[Source, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock), repr=False
    )

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
            async with asyncio.timeout(self.patience):
                for is_last in (False, True):
                    token = await self._token(source)
                    status, heard = await self._post(source, check, said=said, token=token)
                    if status != HTTPStatus.UNAUTHORIZED or is_last:
                        return _heard(status, heard, check=check)
                    self._forget(source, token)
        except _UNHEARD:
            pass  # told as silence: what a carrier writes when it fails may hold the number
        return CarrierSilent()

    async def _post(
        self, source: Source, check: Check, *, said: Mapping[str, str], token: str
    ) -> tuple[int, Mapping[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"}
        url = source.api_root + check.path
        async with self._opened().post(url, json=said, headers=headers, allow_redirects=False) as reply:
            # What stands in the way of a token that is over need not write CAMARA's answers.
            over = reply.status == HTTPStatus.UNAUTHORIZED
            return reply.status, {} if over else await read_object(reply)

    async def _token(self, source: Source) -> str:
        # Of many questions at once, one fetches the token for all.
        async with self._fetching[source]:
            now = self.now()
            token, until = self._tokens.get(source, ("", now))
            if now >= until:
                token, until = await self._fetched(source, now)
                self._tokens[source] = (token, until)
            return token

    async def _fetched(self, source: Source, now: datetime) -> tuple[str, datetime]:
        form = {
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": sign_assertion(source.client_id, source.token_url, key=self.key, now=now),
            "scope": " ".join(check.scope for check in CHECKS),
        }  # fmt: skip
        async with self._opened().post(source.token_url, data=form, allow_redirects=False) as reply:
            granted = await read_object(reply)
        good_for = timedelta(seconds=float(granted.get("expires_in", 0)))
        return str(granted["access_token"]), now + good_for - _RENEW_BEFORE

    def _forget(self, source: Source, token: str) -> None:
        """Forget a token that a carrier no longer takes, unless there is another by now."""
        if self._tokens.get(source, ("",))[0] == token:
            del self._tokens[source]

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, limit_per_host=_WIDTH)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


def _heard(status: int, said: Mapping[str, Any], *, check: Check) -> bool | CarrierSilent | None:
    if status == HTTPStatus.OK and isinstance(said.get(check.answer), bool):
        return bool(said[check.answer])
    if status == HTTPStatus.NOT_FOUND and said.get("code") == "IDENTIFIER_NOT_FOUND":
        return None
    return CarrierSilent()
