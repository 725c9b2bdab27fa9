"""Mailbox: the platform's stream at the hub (SSF 1.0), polled for letters, each believed if verified."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from jiebang.agent.errors import HubRefuses
from jiebang.agent.hub import Hub, as_object
from jiebang.domain.errors import BadToken, NotALetter
from jiebang.domain.letter import Event
from jiebang.wire.tokens import ReceivedLetter, read_letter

_POLL = "urn:ietf:rfc:8936"
WANTED = (
    Event.BINDINGS_ASKED, Event.UNBIND_ORDERED, Event.DEREGISTER_ORDERED, Event.ORDER_REVOKED,
    Event.ORDER_OVERDUE,
)  # fmt: skip
SIGNALS = (Event.NUMBER_DISCONNECTED, Event.IDENTIFIER_RECYCLED)
MOST = 100
"""Letters in one poll: enough that the way to the hub costs little; few, so that no question waits long."""
_PATIENCE = timedelta(seconds=60)
"""Longer than any poll is held."""

words = structlog.get_logger()

Complaint = Mapping[str, str]
"""Why a letter is not taken: `err`, a code of RFC 8936 §2.6, and `description`."""


@dataclass(slots=True)
class Post:
    """What one poll brought: letters to act on, and complaints about those that are none, both by `jti`."""

    letters: list[ReceivedLetter] = field(default_factory=list)
    complaints: dict[str, Complaint] = field(default_factory=dict)
    more: bool = False
    """Whether the hub has more letters than it has sent."""


@dataclass(slots=True)
class Mailbox:
    """This platform's stream; opened when it is first polled, and again when the hub has forgotten it."""

    hub: Hub
    wanted: tuple[Event, ...] = WANTED
    _endpoint: str | None = None
    _keys: KeySet | None = None

    async def poll(
        self, *, done: Sequence[str] = (), complaints: Mapping[str, Complaint] | None = None
    ) -> Post:
        """
        Confirm what is done, complain of what is no letter, and wait for the next letters.

        Raises `HubDown` or `HubRefuses`; then nothing is confirmed, and the same must be said again.
        """
        asked: dict[str, Any] = {"maxEvents": MOST, "returnImmediately": False}
        if done:
            asked["ack"] = list(done)
        if complaints:
            asked["setErrs"] = dict(complaints)
        try:
            said = await self.hub.call("POST", await self._opened(), said=asked, patience=_PATIENCE)
        except HubRefuses as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                self._endpoint = None
            raise
        sets = as_object(said).get("sets")
        post = await self._read(sets if isinstance(sets, dict) else {})
        post.more = said.get("moreAvailable") is True
        return post

    async def _opened(self) -> str:
        """Find this platform's stream, or create it; another agent of the same platform may be first."""
        if self._endpoint is None:
            place = (await self.hub.places())["configuration_endpoint"]
            streams = await self.hub.call("GET", place)
            if not streams:
                wish = {"delivery": {"method": _POLL}, "events_requested": self._wanted_names()}
                try:
                    streams = [await self.hub.call("POST", place, said=wish)]
                except HubRefuses as refused:
                    if refused.status != HTTPStatus.CONFLICT:
                        raise
                    streams = await self.hub.call("GET", place)
            stream = as_object(streams[0] if isinstance(streams, list) and streams else None)
            await self._ask_for_more(place, stream)
            self._endpoint = self.hub.own(as_object(stream.get("delivery")).get("endpoint_url"))
            words.info("agent:stream:found")
        return self._endpoint

    async def _ask_for_more(self, place: str, stream: Mapping[str, Any]) -> None:
        """Add to a stream from before what the configuration wants by now; nothing is taken off."""
        carried = stream.get("events_requested")
        if not isinstance(carried, list):
            return
        missing = [event for event in self._wanted_names() if event not in carried]
        if carried and missing:
            wish = {"stream_id": stream.get("stream_id"), "events_requested": [*carried, *missing]}
            await self.hub.call("PATCH", place, said=wish)

    def _wanted_names(self) -> list[str]:
        return [str(event) for event in self.wanted]

    async def _read(self, said: Mapping[str, Any]) -> Post:
        sets = {jti: token for jti, token in said.items() if isinstance(token, str)}
        post = Post()
        for jti in said.keys() - sets.keys():
            post.complaints[jti] = complaint("invalid_request", "Not a token.")
        keys = await self._keys_for(sets.values())
        for jti, token in sets.items():
            try:
                post.letters.append(self._letter(token, keys, jti=jti))
            except BadToken:
                post.complaints[jti] = complaint("authentication_failed", "Not signed by this hub for us.")
            except NotALetter:
                post.complaints[jti] = complaint("invalid_request", "Signed well, and not a letter.")
        return post

    def _letter(self, token: str, keys: KeySet, *, jti: str) -> ReceivedLetter:
        letter = read_letter(token, keys, issuer=self.hub.url, audience=self.hub.platform)
        if letter.jti != jti:
            raise NotALetter
        return letter

    async def _keys_for(self, tokens: Collection[str]) -> KeySet:
        """The hub's keys; fetched anew, once for a poll, when a letter names one that is not among them."""
        if self._keys is None:
            self._keys = await self.hub.keys()
        known = {key.kid for key in self._keys.keys}
        if any(_key_id(token) not in known for token in tokens):
            self._keys = await self.hub.keys()
        return self._keys


def complaint(err: str, description: str) -> Complaint:
    """Put a complaint as RFC 8936 §2.6 has it; the words must never tell what stood in the letter."""
    words.warning("agent:letter:not-taken", err=err, why=description)
    return {"err": err, "description": description}


def _key_id(token: str) -> str | None:
    try:
        named = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    return named if isinstance(named, str) else None
