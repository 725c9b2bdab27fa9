"""Asking: one request of a file is filled, sent, again where that is harmless, and its reply is judged."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from multidict import CIMultiDictProxy

from jiebang.agent.connectors.http.access import Access
from jiebang.agent.connectors.http.paths import Scalar
from jiebang.agent.connectors.http.steps import Sign, Step
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.http.templates import Values, address, filled, header
from jiebang.agent.connectors.web import NOT_NOW, Exchange, Web, instant
from jiebang.agent.errors import Declined, StoreDown, StoreRefuses, StoreTrouble
from jiebang.agent.secrets import secret

_TURNED_AWAY = {HTTPStatus.TOO_MANY_REQUESTS}
_PASSING = _TURNED_AWAY | {
    HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT,
}  # fmt: skip
_DECLINED = {
    HTTPStatus.BAD_REQUEST, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}  # fmt: skip
"""What a server says to a change that its own rules forbid, unless its file knows better."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
"""Seconds between tries; a server that wants more is let alone, and the agent comes again."""
_LONGEST_REST = timedelta(minutes=5)
"""However long a server says that it wants to rest: it may be lying, or its clock may be wrong."""


class Conflict(Exception):  # noqa: N818 - named as what happened; it never leaves the connector
    """Somebody else has changed the account since it was read."""


class Purpose(StrEnum):
    """What a request is sent for: that says what its reply must have, and what a refusal means."""

    PROVE = "prove"
    READ = "read"
    """Accounts are looked for in its reply."""
    CHANGE = "change"
    """The server's own rules may forbid it."""
    GIVE_BACK = "give back"
    """It is sent also while the server wants to be let alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came back for one step."""

    status: int
    said: Any
    headers: CIMultiDictProxy[str]
    addresses: Mapping[str, str]
    """Those in the header `Link`, by what each is said to be."""
    gone: bool
    taken: Values = field(repr=False)


class Asking:
    """One server, as its file of requests says."""

    def __init__(self, store: HttpStore, *, now: Callable[[], datetime]) -> None:
        # Before there are connections that would have to be closed.
        own = secret("secret", env=store.secret_env, file=store.secret_file) or ""
        self._web = Web({"Accept": "application/json"}, patience=store.patience)
        self._url = store.url
        self._asked = store.asked
        self._access = Access(store, self._web, own=own, now=now)
        self._now = now
        self._rests_until: datetime | None = None
        self._last: tuple[str | None, datetime] = (None, now())
        """What the server last said that the time was, and what it was here."""

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    async def ask(self, step: Step, values: Values, *, purpose: Purpose) -> Told:
        """
        Send one request.

        Raises `StoreDown`, `StoreRefuses` (of a change also `Declined`) or `Conflict`; nothing that the
        server said is in their words.
        """
        rests = self._rests_until is not None and self._now() < self._rests_until
        if rests and purpose is not Purpose.GIVE_BACK:
            raise StoreDown("The server has asked to be let alone for a while.")
        reply = await self._sent(step, {**values, **self._always(step)})
        try:
            return _judged(step, reply, purpose=purpose)
        except StoreTrouble as trouble:
            raise type(trouble)(f"{self._asked.place_of(step)}: {trouble}") from None

    def _always(self, step: Step) -> Values:
        """Give the values that every step may have."""
        if "soon_ms" not in step.needs:
            return {}
        said, then = self._last
        soon = self._now() + ((instant(said) or then) - then) + timedelta(minutes=1)
        return {"soon_ms": int(soon.timestamp() * 1000)}

    async def _sent(self, step: Step, values: Values) -> Exchange:
        """Send a request, and again where it only reads or was turned away unread."""
        harmless, pause = step.method == "GET", _FIRST_PAUSE
        for tries_left in reversed(range(self._asked.tries)):
            try:
                reply = await self._exchanged(step, values)
            except StoreDown:
                if not (harmless and tries_left):
                    raise
            else:
                if reply.status not in (_PASSING if harmless else _TURNED_AWAY):
                    return reply
                wanted = _wanted_rest(reply)
                if wanted > _LONGEST_PAUSE:
                    self._rests_until = self._now() + min(timedelta(seconds=wanted), _LONGEST_REST)
                if wanted > _LONGEST_PAUSE or not tries_left:
                    return reply
                pause = max(pause, wanted)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        raise StoreDown

    async def _exchanged(self, step: Step, values: Values) -> Exchange:
        """Send a request once; with a fresh token, where the server takes the old one no longer."""
        reply = await self._exchange(step, values)
        if reply.status == HTTPStatus.UNAUTHORIZED and step.bearer is None and self._access.forget():
            return await self._exchange(step, values)
        return reply

    async def _exchange(self, step: Step, values: Values) -> Exchange:
        headers = {
            name: header(text, values) for name, text in {**self._asked.headers, **step.headers}.items()
        }
        if step.bearer is None:
            headers |= await self._access.headers()
        else:
            headers["Authorization"] = header(f"Bearer {step.bearer}", values)
        content = None
        if step.body is not None:
            content = json.dumps(filled(step.body, values), ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json"} | headers
        url = self._url + address(step.path, step.query, values=values)
        reply = await self._web.exchange(step.method, url, content=content, headers=headers)
        self._last = (reply.headers.get("Date"), self._now())
        return reply


def _judged(step: Step, reply: Exchange, *, purpose: Purpose) -> Told:
    """Tell apart what a reply means; its body may hold anything, so none of it goes into what is raised."""
    status, said = reply.status, _read(reply)
    if _shows(step.gone, status, said=said):
        return Told(
            status=status, said=None, headers=reply.headers, addresses=reply.addresses, gone=True, taken={}
        )
    if _shows(step.conflict, status, said=said):
        raise Conflict
    if _shows(step.later, status, said=said):
        raise StoreDown(f"The server says {status}.")
    if purpose is Purpose.CHANGE and _is_declined(step, status, said=said):
        raise Declined(f"The server declines the change with {status}.")
    if status in NOT_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise StoreDown(f"The server says {status}.")
    if not _is_fine(step, status):
        raise StoreRefuses(f"The server refuses with {status}.")
    _check_what_it_says(step, status, said=said, is_read=purpose is Purpose.READ)
    taken = _taken(step, reply, said=said)
    return Told(
        status=status, said=said, headers=reply.headers, addresses=reply.addresses, gone=False, taken=taken
    )


def _check_what_it_says(step: Step, status: int, *, said: object, is_read: bool) -> None:
    """Refuse a success that has not what is wanted of it; where nothing is, its status is all that counts."""
    if said is None and (is_read or step.take or step.must):
        raise StoreRefuses("The server does not answer in JSON.")
    if not all(sign.shows(status, said) for sign in step.must):
        raise StoreRefuses("The server's reply has not what its step says that it must have.")


def _is_fine(step: Step, status: int) -> bool:
    return status in step.expect if step.expect else 200 <= status < 300  # noqa: PLR2004 - HTTP's bounds of success


def _is_declined(step: Step, status: int, *, said: object) -> bool:
    """Whether the store's own rules forbid a change; a step that only reads may be refused for less."""
    if _shows(step.declined, status, said=said):
        return True
    return step.method != "GET" and status in _DECLINED and not _is_fine(step, status)


def _shows(signs: tuple[Sign, ...], status: int, *, said: object) -> bool:
    return any(sign.shows(status, said) for sign in signs)


def _read(reply: Exchange) -> Any:  # noqa: ANN401 - JSON can be anything
    """Read a reply; `None` for what is no JSON, and an empty object for nothing at all."""
    try:
        return json.loads(reply.said or b"{}")
    except (ValueError, RecursionError):
        return None


def _taken(step: Step, reply: Exchange, *, said: object) -> Values:
    taken: dict[str, Scalar | None] = {name: path.value(said) for name, path in step.take.items()}
    taken |= {name: reply.headers.get(wanted) for name, wanted in step.take_headers.items()}
    found = {name: value for name, value in taken.items() if value is not None}
    if len(found) < len(taken):
        wanting = min(taken.keys() - found.keys())
        raise StoreRefuses(f"The server's reply does not say {wanting}, which its step takes.")
    return found


def _wanted_rest(reply: Exchange) -> float:
    """How many seconds a server wants to be let alone; none where it says none, or says a date."""
    said = reply.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0.0  # noqa: PLR2004 - years
