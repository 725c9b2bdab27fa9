"""Checks of orders: that they take effect once, at their time, on the right record, and truthfully."""

import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta

from jiebang.domain.letter import Event
from jiebang.sandbox.conformance.check import check
from jiebang.sandbox.conformance.play import NotSo, NotTried, Ordered, Play

_LETTERS = "events.md#letters"
_OUTCOMES = "platform.md#outcomes"
_MONTH = timedelta(days=30)
_LATER = timedelta(seconds=1.5)
"""More than an agent takes that looks once a second what has come due."""
_HASTE = timedelta(seconds=0.5)
_LONGER = (1, 2, 4, 8)
_MORE, _OFTEN = 4, 2
"""For how many questions more it is listened, and how often the same may be said: once more is no harm."""


@check(_LETTERS, "A letter that comes twice takes effect once.")
async def delivered_twice(play: Play) -> None:
    """Let the record have its number again before the letter comes again: it was not ordered again."""
    handle = await play.handle()
    order = play.order(handle, play.one)
    await play.fulfilled(order)
    await play.fresh()
    confirmed = play.hub.post.confirmed
    before = confirmed[order.letter.jti]
    play.leave_again(order)
    await play.wait(lambda: confirmed[order.letter.jti] > before, "it was not confirmed the second time")
    _same(play, order)
    await play.still(handle, play.one, otherwise="the letter came again, and was acted on again")


@check(_LETTERS, "A letter that comes late counts as if it had come in time.")
async def delivered_late(play: Play) -> None:
    """Leave an order as a platform finds it that was away for a month: its deadline has passed."""
    handle = await play.handle()
    await play.fulfilled(play.order(handle, play.one, ago=_MONTH))
    await play.gone(handle, play.one, otherwise="it was said to be fulfilled, and the record is still there")


def _same(play: Play, order: Ordered) -> None:
    """What is said of an order again is what was said of it."""
    said = {told.outcome for told in play.hub.heard.final(order.id)}
    if len(said) > 1:
        raise NotSo("first it was fulfilled, and then it was denied")


@check(_LETTERS, "An order that comes for another attempt is acted on again.")
async def another_attempt(play: Play) -> None:
    """Order it, let it not have been done after all, and order it once more."""
    handle = await play.handle()
    first = play.order(handle, play.one)
    await play.fulfilled(first)
    await play.fresh()
    again = play.order(handle, play.one, order_id=first.id, attempt=2)
    told = await play.end(again, nth=2)
    if told.outcome != "fulfilled":
        raise NotSo(f"the second attempt was {told.outcome}")
    await play.gone(
        handle,
        play.one,
        otherwise="the second attempt was said to be fulfilled, and the record is still there",
    )


@check(_LETTERS, "A revocation that comes before its order counts.")
async def revoked_first(play: Play) -> None:
    """Let them come in the wrong order."""
    await after_its_revocation(play)


async def after_its_revocation(play: Play, *, event: Event = Event.UNBIND_ORDERED) -> None:
    """Revoke an order, and then leave it; raises `NotSo` where it was acted on."""
    handle = await play.handle()
    order_id = f"ord_{secrets.token_hex(8)}"
    await play.settled(play.revoke(order_id, number=play.one))
    order = play.order(handle, play.one, order_id=order_id, event=event)
    await play.settled(order.letter)
    await _not_acted(play, order, handle=handle)


@check(_LETTERS, "An order and its revocation in one poll do nothing, in whatever order they stand there.")
async def revoked_together(play: Play) -> None:
    """Leave both before the agent can look."""
    await with_its_revocation(play)


async def with_its_revocation(play: Play, *, event: Event = Event.UNBIND_ORDERED) -> None:
    """
    Leave an order and its revocation at once, in both orders; raises `NotSo` where it was acted on.

    What is posted comes one by one, and then as from a hub: the revocation first.
    """
    for backwards in (False,) if play.hub.streams.pushed else (False, True):
        handle = await play.handle()
        play.hub.post.backwards = backwards
        order = play.order(handle, play.one, event=event)
        revocation = play.revoke(order.id, number=play.one)
        await play.settled(order.letter)
        await play.settled(revocation)
        await _not_acted(play, order, handle=handle)


async def _not_acted(play: Play, order: Ordered, *, handle: str) -> None:
    if any(told.outcome == "fulfilled" for told in play.hub.heard.final(order.id)):
        raise NotSo("an order that was revoked was said to be fulfilled")
    await play.still(handle, play.one, otherwise="an order that was revoked was acted on")


@check(
    _LETTERS, "The owner of an account is heard first: nothing is done before object_until, and then it is."
)
async def objection_time(play: Play) -> None:
    """Order something for later, look before and after."""
    handle = await play.handle()
    until = datetime.now(UTC) + timedelta(seconds=play.inspection.objection)
    order = play.order(handle, play.one, origin="uncertain", object_until=until.isoformat())
    await play.settled(order.letter)
    if datetime.now(UTC) < until - _HASTE:
        await _untouched(play, handle, until=until)
    told = await play.end(order)
    if told.outcome != "fulfilled" or told.heard_at < until:
        when = "before its time" if told.heard_at < until else "after its time"
        raise NotSo(f"it was {told.outcome} {when}")


async def _untouched(play: Play, handle: str, *, until: datetime) -> None:
    """Ask; an answer that comes too late to tell is none."""
    there = handle in await play.handles(play.one)
    if not there and datetime.now(UTC) < until:
        raise NotSo("the number was taken off before object_until")


@check(_LETTERS, "An order that is revoked while its account's owner is heard is never acted on.")
async def revoked_while_it_waits(play: Play) -> None:
    """Revoke it in time; on a busy machine it may take a longer wait to be in time."""
    for times in _LONGER:
        handle = await play.handle()
        until = datetime.now(UTC) + timedelta(seconds=play.inspection.objection * times)
        order = play.order(handle, play.one, origin="uncertain", object_until=until.isoformat())
        await play.settled(order.letter)
        await play.settled(play.revoke(order.id, number=play.one))
        if datetime.now(UTC) < until - _HASTE:
            await play.rest(until=until + _LATER)
            await _not_acted(play, order, handle=handle)
            return
    raise NotTried("the agent is slower than the time for which it could be waited")


@check(_LETTERS, "Word that an order is overdue is acted on at once, also where the order was lost.")
async def overdue(play: Play) -> None:
    """Say nothing of an order but that it is overdue; then say so once more."""
    handle = await play.handle()
    order = play.overdue(handle, play.one)
    await play.fulfilled(order)
    await play.gone(handle, play.one, otherwise="it was said to be fulfilled, and the record is still there")
    await play.end(play.overdue(handle, play.one, order_id=order.id), nth=2)
    _same(play, order)


@check(
    _OUTCOMES,
    "Fulfilled is true: asked again, the record is not there; and of two records the other still is.",
)
async def second_look(play: Play) -> None:
    """Order one of two records, and look again."""
    await play.fresh()
    found = await play.handles(play.two)
    if len(found) != len(set(found)) or len(found) != 2:  # noqa: PLR2004 - that is its name
        raise NotSo(f"numbers.two: {len(set(found))} records were found where two were expected")
    await play.fulfilled(play.order(found[0], play.two))
    await play.gone(
        found[0], play.two, otherwise="it was said to be fulfilled, and the record is still there"
    )
    await play.still(found[1], play.two, otherwise="the other record on the number is gone as well")


@check(_OUTCOMES, "What is already gone is fulfilled.")
async def already_gone(play: Play) -> None:
    """Order the same twice, as two orders."""
    handle = await play.handle()
    await play.fulfilled(play.order(handle, play.one))
    await play.fulfilled(play.order(handle, play.one))


@check(_OUTCOMES, "An order for a record that has another number changes nothing.")
async def other_record(play: Play) -> None:
    """Name somebody else's record, with a number of nobody and with another's; also as what is overdue."""
    handle = await play.handle()
    for number in (play.none, play.two):
        await in_vain(play, play.order(handle, number))
        await in_vain(play, play.overdue(handle, number))
    await play.still(handle, play.one, otherwise="a record that has another number than the order's lost it")


@check(_OUTCOMES, "An order for a handle that nobody has given out changes nothing, whatever stands in it.")
async def unknown_handle(play: Play) -> None:
    """Name records that are not there, and some that nobody would call so."""
    handle = await play.handle()
    for odd in odd_handles(handle):
        await in_vain(play, play.order(odd, play.one))
    await play.still(handle, play.one, otherwise="the record that has the number lost it")
    if len(await play.handles(play.two)) != 2:  # noqa: PLR2004 - that is its name
        raise NotSo("a record that nobody ordered anything about lost its number")


def odd_handles(handle: str) -> tuple[str, ...]:
    """Write handles that are nobody's, and one that only begins with a true one."""
    return ("no-such-record", "' or '1'='1", f"{handle}' or '1'='1", "*)(uid=*", "../..%00", "0")


async def in_vain(play: Play, order: Ordered) -> None:
    """Wait for the end of an order that fits no record; raises `NotSo` where it is denied as another."""
    told = await play.end(order)
    if told.outcome == "denied" and told.reason != "no_match":
        raise NotSo(f"it was denied with {told.reason}; the reason is no_match")


@check(
    _OUTCOMES,
    "An outcome that the hub refuses is not said forever: its letter is settled, and nothing waits for it.",
)
async def refused_outcome(play: Play) -> None:
    """Refuse the outcome of an order, as of one that has ended, and listen whether it is said again."""
    handle = await play.handle()
    order_id = f"ord_{secrets.token_hex(8)}"
    play.hub.heard.refused[order_id] = "order_ended"
    order = play.order(handle, play.one, order_id=order_id)
    await play.settled(order.letter)
    for _ in range(_MORE):
        await play.ask(play.none)
    said = Counter(told.outcome for told in play.hub.heard.outcomes[order_id])
    if max(said.values(), default=0) > _OFTEN:
        raise NotSo("an outcome that the hub had refused was said again and again")


CHECKS = [
    second_look, already_gone, other_record, unknown_handle, refused_outcome, delivered_twice, delivered_late,
    another_attempt, revoked_first, revoked_together, objection_time, revoked_while_it_waits, overdue,
]  # fmt: skip
