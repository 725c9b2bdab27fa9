"""
Carriers asked through their own CAMARA interfaces: those without a feed, and those that know of SIMs.

A number can be ported, so its digits never say whose it is: every carrier that the operator has named for
the number's country is asked, and the one that knows the number answers.
"""

import asyncio
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from jiebang.domain.number import Number
from jiebang.domain.sim import NOBODY, SILENT, Heard, Sim
from jiebang.wire.keys import Key
from jiebang.wire.oauth import ASSERTION_TYPE, sign_assertion
from jiebang.wire.replies import read_object

_PATIENCE_SECONDS = 5.0
_WIDTH = 50
"""Questions to one carrier at a time, whoever asks; one that waits too long for its turn is not answered."""
_RENEW_BEFORE = timedelta(seconds=30)

_UNHEARD = (aiohttp.ClientError, TimeoutError, LookupError, OverflowError, TypeError, ValueError)
"""What asking can raise: a carrier is not there, or does not keep to the definitions."""

_NOT_THEIRS = {
    (HTTPStatus.NOT_FOUND, "IDENTIFIER_NOT_FOUND"),
    # A line without a SIM.
    (HTTPStatus.UNPROCESSABLE_ENTITY, "SERVICE_NOT_APPLICABLE"),
}
_Json = Mapping[str, Any]
Answer = TypeVar("Answer")


class CarrierSilent(Exception):  # noqa: N818 - a state of the carrier, named as what happened
    """No carrier knew the number, and not every one has answered."""


def _api(path: str) -> str:
    """Name the interface that a path belongs to."""
    return path.split("/")[1]


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

SIM_SWAP = "/sim-swap/v2/retrieve-date"
"""sim-swap 2: when a SIM was last changed."""

_SCOPES = {_api(check.path): check.scope for check in CHECKS} | {_api(SIM_SWAP): "sim-swap:retrieve-date"}
"""What the hub asks to be allowed, by the interface that a carrier offers."""
_WITHOUT_A_FEED = frozenset(_api(check.path) for check in CHECKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A carrier that can be asked, as the operator has written it down."""

    api_root: str
    token_url: str
    client_id: str
    countries: frozenset[str]
    """The country calling codes in which it serves numbers."""
    offers: frozenset[str] = _WITHOUT_A_FEED
    """The interfaces at which it can be asked, by their CAMARA names."""


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
                offers=_offered(one.get("offers", _WITHOUT_A_FEED)),
            )
            for one in listed
        ]  # fmt: skip
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise NotSources from wrong


def _offered(names: Iterable[str]) -> frozenset[str]:
    """Read what a carrier offers; raises `ValueError` for what the hub does not know how to ask."""
    offered = frozenset(names)
    if not offered <= _SCOPES.keys():
        raise ValueError("not an interface that is asked")
    return offered


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
        said = {"phoneNumber": number.e164, check.day: on.isoformat()}
        answers = await self._ask_all(check.path, number, said=said, heard=partial(_heard, check=check))
        known = [answer for answer in answers if isinstance(answer, bool)]
        if known:
            return check.says_changed if check.says_changed in known else not check.says_changed
        if any(isinstance(answer, CarrierSilent) for answer in answers):
            raise CarrierSilent
        return None

    def can_tell_of_sims(self, number: Number) -> bool:
        """Whether there is anybody to ask when the SIM of a number was changed."""
        return bool(self._asked(SIM_SWAP, number))

    async def sim(self, number: Number) -> Sim:
        """
        Ask the carriers of a number's country when its SIM was last changed.

        Where two claim it, the later change counts, and the shorter time that one looks back. What no
        carrier knows that can be asked, is `NOBODY`'s to tell; a carrier that does not answer is not taken
        for one that does not know.
        """
        said = {"phoneNumber": number.e164}
        answers = await self._ask_all(SIM_SWAP, number, said=said, heard=_heard_of_sim)
        known = [answer for answer in answers if isinstance(answer, Sim)]
        if known:
            changes = [one.changed_at for one in known if one.changed_at is not None]
            watched = [one.watched for one in known if one.watched is not None]
            return Sim(Heard.TOLD, max(changes, default=None), watched=min(watched, default=None))
        return SILENT if any(isinstance(answer, CarrierSilent) for answer in answers) else NOBODY

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    def _asked(self, path: str, number: Number) -> list[Source]:
        return [one for one in self.sources if number.country in one.countries and _api(path) in one.offers]

    async def _ask_all(
        self, path: str, number: Number, *, said: Mapping[str, str], heard: Callable[[int, _Json], Answer]
    ) -> list[Answer | CarrierSilent]:
        asked = self._asked(path, number)
        return await asyncio.gather(*(self._ask(one, path, said=said, heard=heard) for one in asked))

    async def _ask(
        self, source: Source, path: str, *, said: Mapping[str, str], heard: Callable[[int, _Json], Answer]
    ) -> Answer | CarrierSilent:
        try:
            async with asyncio.timeout(self.patience):
                for is_last in (False, True):
                    token = await self._token(source)
                    status, reply = await self._post(source, path, said=said, token=token)
                    if status != HTTPStatus.UNAUTHORIZED or is_last:
                        return heard(status, reply)
                    self._forget(source, token)
        except _UNHEARD:
            pass  # told as silence: what a carrier writes when it fails may hold the number
        return CarrierSilent()

    async def _post(
        self, source: Source, path: str, *, said: Mapping[str, str], token: str
    ) -> tuple[int, _Json]:
        headers = {"Authorization": f"Bearer {token}"}
        url = source.api_root + path
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
            "scope": " ".join(_SCOPES[one] for one in sorted(source.offers)),
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


def _heard(status: int, said: _Json, *, check: Check) -> bool | CarrierSilent | None:
    if status == HTTPStatus.OK and isinstance(said.get(check.answer), bool):
        return bool(said[check.answer])
    if status == HTTPStatus.NOT_FOUND and said.get("code") == "IDENTIFIER_NOT_FOUND":
        return None
    return CarrierSilent()


def _heard_of_sim(status: int, said: _Json) -> Sim | CarrierSilent | None:
    """Read when a SIM was changed; one without a date was not, for as many days as its carrier looks back."""
    if status == HTTPStatus.OK and "latestSimChange" in said:
        latest, days = said["latestSimChange"], said.get("monitoredPeriod")
        if latest is None:
            return Sim(Heard.TOLD, watched=None if days is None else timedelta(days=int(days)))
        if (changed_at := datetime.fromisoformat(latest)).tzinfo is not None:
            return Sim(Heard.TOLD, changed_at)
    if (status, said.get("code")) in _NOT_THEIRS:
        return None
    return CarrierSilent()
