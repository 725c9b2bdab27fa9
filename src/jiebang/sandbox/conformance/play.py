"""What every check may do: leave letters, wait for what the agent says, ask what is there now."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jiebang.domain.letter import Event
from jiebang.sandbox.conformance.heard import Told
from jiebang.sandbox.conformance.hub import PlayedHub
from jiebang.sandbox.conformance.inspection import Inspection
from jiebang.sandbox.conformance.pen import Written

Restore = Callable[[], Awaitable[None]]

_DUE, _OVER = timedelta(days=5), timedelta(days=1)


class NotSo(Exception):  # noqa: N818 - a check says what was not so
    """What a check found to be otherwise; the words go into the report, and hold no number."""


class NotTried(Exception):  # noqa: N818 - the same
    """Why a check could not be tried."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that was left, and its letter."""

    id: str
    letter: Written


@dataclass(slots=True, kw_only=True)
class Play:
    """One inspection while it runs."""

    inspection: Inspection
    hub: PlayedHub
    restore: Restore
    serial: int = 0
    progress: Callable[[float], None] = field(default=lambda _: None)
    """Hears how far the check that runs has come, from 0 to 1."""
    _changed: bool = True

    @property
    def one(self) -> str:
        """The number that one record has."""
        return self.inspection.numbers.one.e164

    @property
    def two(self) -> str:
        """The number that two records have."""
        return self.inspection.numbers.two.e164

    @property
    def none(self) -> str:
        """The number that no record has."""
        return self.inspection.numbers.none.e164

    async def fresh(self) -> None:
        """See to it that the platform's records are as they were before the inspection."""
        if self._changed:
            await self.restore()
            self._changed = False

    def claims(self, event: str, said: Mapping[str, Any], *, number: str) -> dict[str, Any]:
        """Say what a letter about a number says."""
        subject = {"format": "phone_number", "phone_number": number}
        return self.hub.pen.claims(event, said, subject=subject)

    def leave(self, event: str, said: Mapping[str, Any], *, number: str) -> Written:
        """Leave a letter as the hub writes it."""
        letter = self.hub.pen.sign(self.claims(event, said, number=number))
        self.hub.leave(letter)
        return letter

    def question(self) -> dict[str, Any]:
        """Say what a question says."""
        self.serial += 1
        until = datetime.now(UTC) + timedelta(hours=2)
        return {"query_id": f"qry_{self.serial}_{secrets.token_hex(4)}", "answer_by": until.isoformat()}

    async def ask(self, number: str, **more: object) -> list[Mapping[str, Any]]:
        """Ask which records use a number; wait for all of the answer, and until the letter is settled."""
        said = self.question() | more
        letter = self.leave(Event.BINDINGS_ASKED, said, number=number)
        answers = self.hub.heard.answers
        await self.wait(lambda: said["query_id"] in answers, "a question was not answered completely")
        await self.settled(letter)
        return answers[said["query_id"]]

    async def handles(self, number: str) -> list[str]:
        """Ask which records use a number, and give their handles."""
        return [str(binding.get("handle")) for binding in await self.ask(number)]

    async def handle(self) -> str:
        """Put everything back, and give the handle of the one record of the number that has one."""
        await self.fresh()
        found = await self.handles(self.one)
        if len(found) != 1:
            raise NotSo(f"numbers.one: {len(found)} records were found where one was expected")
        return found[0]

    def order(
        self, handle: str, number: str, *, order_id: str | None = None, event: str = Event.UNBIND_ORDERED,
        attempt: int = 1, ago: timedelta = timedelta(0), **more: object,
    ) -> Ordered:  # fmt: skip
        """Leave an order about a record, written some time ago; `more` is said as well, or otherwise."""
        self._changed = True
        own = order_id or f"ord_{secrets.token_hex(8)}"
        said: dict[str, Any] = {"order_id": own, "handle": handle}
        said["due"] = (datetime.now(UTC) + _DUE - ago).isoformat()
        if event != Event.DEREGISTER_ORDERED and more.get("order") != "deregister":
            said |= {"kind": "account", "origin": "inherited"}
        if attempt > 1:
            said["attempt"] = attempt
        claims = self.claims(event, said | more, number=number)
        claims["iat"] -= int(ago.total_seconds())
        letter = self.hub.pen.sign(claims)
        self.hub.heard.letters[own].setdefault(attempt, set()).add(letter.fingerprint)
        self.hub.leave(letter)
        return Ordered(own, letter)

    def overdue(
        self, handle: str, number: str, *, order: str = "unbind", order_id: str | None = None
    ) -> Ordered:
        """Leave word that an order is overdue, of which nothing else need have been said."""
        due = (datetime.now(UTC) - _OVER).isoformat()
        event = Event.ORDER_OVERDUE
        return self.order(handle, number, order_id=order_id, event=event, order=order, due=due)

    def leave_again(self, order: Ordered) -> None:
        """Leave the very same letter once more, as a hub does that has not heard that it was confirmed."""
        self._changed = True
        self.hub.leave(order.letter)

    def revoke(self, order_id: str, *, number: str) -> Written:
        """Leave word that an order stands no more."""
        return self.leave(Event.ORDER_REVOKED, {"order_id": order_id}, number=number)

    async def end(self, order: Ordered, *, nth: int = 1) -> Told:
        """Wait until the agent has said how an order ended, and confirmed its letter."""
        heard = self.hub.heard
        await self.wait(lambda: len(heard.final(order.id)) >= nth, "no word came of how an order ended")
        await self.settled(order.letter)
        return heard.final(order.id)[-1]

    async def fulfilled(self, order: Ordered) -> None:
        """Wait until the agent has said that an order is fulfilled."""
        told = await self.end(order)
        if told.outcome != "fulfilled":
            raise NotSo(f"an order that can be fulfilled was {told.outcome} ({told.reason})")

    async def settled(self, letter: Written) -> None:
        """Wait until the agent has confirmed a letter, or complained of it."""
        post = self.hub.post
        await self.wait(lambda: post.settled(letter), "a letter was neither confirmed nor complained of")

    async def complained(self, letter: Written) -> None:
        """Wait until the agent has complained of a letter; to confirm it would be to say that it was good."""
        await self.settled(letter)
        if letter.jti in self.hub.post.confirmed:
            raise NotSo("the letter was confirmed; what cannot be believed goes into setErrs")

    async def wait(self, so: Callable[[], object], otherwise: str, *, seconds: float | None = None) -> None:
        """Wait until something is so, with the inspection's patience; raises `NotSo`."""
        within = seconds or self.inspection.patience
        if not await self.hub.until(so, seconds=within):
            raise NotSo(f"{otherwise} within {within:g} s")

    async def still(self, handle: str, number: str, *, otherwise: str) -> None:
        """Ask, and find that a record still has its number."""
        if handle not in await self.handles(number):
            raise NotSo(otherwise)

    async def gone(self, handle: str, number: str, *, otherwise: str) -> None:
        """Ask, and find that a record has a number no more."""
        if handle in await self.handles(number):
            raise NotSo(otherwise)

    async def rest(self, *, until: datetime) -> None:
        """Wait for an instant."""
        await asyncio.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()))
