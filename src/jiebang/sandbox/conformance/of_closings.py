"""Checks of orders to close an account, which cannot be undone: where it is offered, and only that one."""

from jiebang.domain.letter import Event
from jiebang.sandbox.conformance.check import check
from jiebang.sandbox.conformance.of_orders import (
    after_its_revocation,
    in_vain,
    odd_handles,
    with_its_revocation,
)
from jiebang.sandbox.conformance.play import NotSo, NotTried, Play

_LETTERS = "events.md#letters"
_OUTCOMES = "platform.md#outcomes"


@check(
    _OUTCOMES,
    "An account is closed where that is offered; where it is not, the order is denied.",
    required=False,
)
async def deregister(play: Play) -> str:
    """Order it, whatever is offered."""
    handle = await play.handle()
    if Event.DEREGISTER_ORDERED not in play.hub.streams.requested:
        raise NotTried("the platform does not ask for deregister-ordered")
    offered = handle in await _offered(play, play.one)
    told = await play.end(play.order(handle, play.one, event=Event.DEREGISTER_ORDERED))
    if offered:
        if told.outcome != "fulfilled":
            raise NotSo(f"it is offered, and was {told.outcome} ({told.reason})")
        await play.gone(
            handle, play.one, otherwise="it was said to be fulfilled, and the account is still there"
        )
        return "offered, and done"
    if told.outcome != "denied":
        raise NotSo(f"it is not offered, and was {told.outcome}")
    await play.still(handle, play.one, otherwise="the order was denied, and the account is gone")
    return "not offered, and denied"


@check(
    _OUTCOMES,
    "An order to close an account that has another number, or that nobody has given out, closes nothing.",
    required=False,
)
async def closing_another(play: Play) -> None:
    """Name somebody else's account, also in word that it is overdue; then some that nobody would call so."""
    handle = await _to_close(play, play.one)
    for number in (play.none, play.two):
        await in_vain(play, play.order(handle, number, event=Event.DEREGISTER_ORDERED))
        await in_vain(play, play.overdue(handle, number, order="deregister"))
    for odd in odd_handles(handle):
        await in_vain(play, play.order(odd, play.one, event=Event.DEREGISTER_ORDERED))
    await play.still(handle, play.one, otherwise="an account was closed that the order was not about")
    if len(await play.handles(play.two)) != 2:  # noqa: PLR2004 - that is its name
        raise NotSo("an account was closed that nobody ordered anything about")


@check(
    _OUTCOMES,
    "Of two records on one number, only the account that is to be closed is closed.",
    required=False,
)
async def closing_alone(play: Play) -> None:
    """Close one of two, and look for the other."""
    handle = await _to_close(play, play.two)
    others = [other for other in await play.handles(play.two) if other != handle]
    await play.fulfilled(play.order(handle, play.two, event=Event.DEREGISTER_ORDERED))
    for other in others:
        await play.still(other, play.two, otherwise="the other record on the number is gone as well")


@check(
    _LETTERS,
    "An order to close an account that is revoked closes nothing, in whatever order the two come.",
    required=False,
)
async def closing_revoked(play: Play) -> None:
    """Revoke it before it comes, and with it."""
    await _to_close(play, play.one)
    await after_its_revocation(play, event=Event.DEREGISTER_ORDERED)
    await with_its_revocation(play, event=Event.DEREGISTER_ORDERED)


async def _to_close(play: Play, number: str) -> str:
    """Give the handle of a record on a number that can be closed; raises `NotTried` where none can."""
    await play.fresh()
    offered = await _offered(play, number)
    if Event.DEREGISTER_ORDERED not in play.hub.streams.requested or not offered:
        raise NotTried("the platform offers to close no account")
    return offered[0]


async def _offered(play: Play, number: str) -> list[str]:
    """Ask which records on a number can be closed, and give their handles."""
    found = [(str(binding.get("handle")), binding.get("can")) for binding in await play.ask(number)]
    return [handle for handle, can in found if isinstance(can, list) and "deregister" in can]


CHECKS = [deregister, closing_another, closing_alone, closing_revoked]
