"""Checks of docs/protocol/events.md: which letters are believed, and which are not."""

from collections.abc import Callable, Mapping
from typing import Any

from jiebang.domain.letter import Event
from jiebang.sandbox.conformance.check import Check, check
from jiebang.sandbox.conformance.pen import Written
from jiebang.sandbox.conformance.play import NotSo, NotTried, Play
from jiebang.wire.keys import Key

_LETTERS = "events.md#letters"
_OTHER = "https://other.example"
_UNKNOWN = "https://schemas.jiebang.org/secevent/jiebang/event-type/made-up"
_SPELLINGS = ("international", "rfc3966", "tel", "digits", "national", "national_digits")

Forge = Callable[[Play, dict[str, Any]], Written]


async def _not_believed(play: Play, forge: Forge) -> None:
    """Leave a question that is not the hub's word: it must be complained of, and never answered."""
    said = play.question()
    letter = forge(play, play.claims(Event.BINDINGS_ASKED, said, number=play.one))
    play.hub.leave(letter)
    answers = play.hub.heard.answers
    await play.hub.until(
        lambda: said["query_id"] in answers or play.hub.post.settled(letter), seconds=play.inspection.patience
    )
    if said["query_id"] in answers:
        raise NotSo("it was believed, and answered")
    await play.complained(letter)


def _forged(name: str, claim: str, *, forge: Forge) -> Check:
    async def how(play: Play) -> None:
        await play.fresh()
        await _not_believed(play, forge)

    how.__name__ = name
    return check(_LETTERS, f"A letter {claim} is not believed, and is complained of.")(how)


def _by_another(play: Play, claims: Mapping[str, Any]) -> Written:
    """Sign with a key of nobody's, and say that it is the hub's."""
    pen = play.hub.pen
    return pen.sign(claims, key=pen.stranger, header={"kid": pen.key.id})


FORGED = [
    _forged("wrong_signature", "that another key than the hub's has signed", forge=_by_another),
    _forged("no_signature", "that nobody has signed (alg none)",
            forge=lambda play, claims: play.hub.pen.sign(claims, header={"alg": "none"})),
    _forged("unknown_key", "signed with a key that the hub does not publish",
            forge=lambda play, claims: play.hub.pen.sign(claims, key=play.hub.pen.stranger)),
    _forged("wrong_type", "whose typ is not secevent+jwt",
            forge=lambda play, claims: play.hub.pen.sign(claims, header={"typ": "at+jwt"})),
    _forged("wrong_issuer", "of another hub (iss)",
            forge=lambda play, claims: play.hub.pen.sign({**claims, "iss": _OTHER})),
    _forged("wrong_audience", "for another platform (aud)",
            forge=lambda play, claims: play.hub.pen.sign({**claims, "aud": "par_another"})),
]  # fmt: skip


@check(_LETTERS, "A key that the hub has begun to use is fetched, and its letters are believed.")
async def new_key(play: Play) -> None:
    """Turn the hub's key, and ask; turn it back for a platform that does not see it."""
    await play.fresh()
    await _turned(play)


async def _turned(play: Play) -> Key:
    pen = play.hub.pen
    old = pen.turn_key()
    try:
        await play.ask(play.none)
    except NotSo:
        pen.key = old
        raise
    return old


@check(_LETTERS, "A key that the hub publishes no more is not believed any more.")
async def retired_key(play: Play) -> None:
    """Turn the hub's key, let the platform see that, and sign with the old one."""
    await play.fresh()
    try:
        old = await _turned(play)
    except NotSo:
        raise NotTried("the platform has not fetched the hub's new key") from None
    await _not_believed(play, lambda _, claims: play.hub.pen.sign(claims, key=old))


@check(
    _LETTERS,
    "An event that is not known is confirmed or complained of, holds up nothing else, and is no order.",
)
async def unknown_kind(play: Play) -> None:
    """Leave a letter of a protocol to come, which says all that an order says: it is none."""
    handle = await play.handle()
    unknown = play.order(handle, play.one, event=_UNKNOWN, order="unbind", anything={"at": ["all"]})
    await play.ask(play.none)
    await play.settled(unknown.letter)
    await play.still(handle, play.one, otherwise="it was taken for an order, and acted on")


@check(_LETTERS, "Members that are not known are passed over.")
async def unknown_members(play: Play) -> None:
    """Ask with more members than a question has."""
    await play.handle()
    if len(await play.ask(play.one, urgency="high", later={"more": [1, None]})) != 1:
        raise NotSo("the answer is another than without them")


@check(_LETTERS, "A letter that does not say what it must is complained of, and holds up nothing else.")
async def missing_members(play: Play) -> None:
    """Leave letters that lack their most important member."""
    await play.fresh()
    letters = [
        play.leave(Event.BINDINGS_ASKED, {}, number=play.one),
        play.leave(Event.UNBIND_ORDERED, {"order_id": "ord_without_handle"}, number=play.one),
        play.leave(Event.ORDER_REVOKED, {}, number=play.one),
    ]
    await play.ask(play.none)
    for letter in letters:
        await play.complained(letter)


@check(_LETTERS, "A number that is not written in E.164 is refused, or read as the number that it means.")
async def odd_spellings(play: Play) -> None:
    """Ask about the number that has a record, in other spellings: 'no record' would be a lie."""
    handle = await play.handle()
    answers, post = play.hub.heard.answers, play.hub.post
    for spelling in _SPELLINGS:
        said = play.question()
        letter = play.leave(Event.BINDINGS_ASKED, said, number=play.inspection.numbers.one.spelled(spelling))
        await play.settled(letter)
        if letter.jti in post.complaints:
            continue
        found = [binding.get("handle") for binding in answers.get(said["query_id"], [])]
        if found != [handle]:
            raise NotSo(f"a number in the spelling {spelling} was confirmed, and its record was not found")


@check("events.md#signals", "A signal that was asked for is confirmed.", required=False)
async def signals(play: Play) -> str:
    """Tell of a number that no record has."""
    wanted = [event for event in (Event.NUMBER_DISCONNECTED, Event.IDENTIFIER_RECYCLED)
              if event in play.hub.streams.requested]  # fmt: skip
    if not wanted:
        raise NotTried("the platform asks for no signals")
    for event in wanted:
        happened = {"not_before": "2026-03-02T00:00:00+00:00", "not_after": "2026-03-02T23:59:59+00:00"}
        said = {"signal_id": f"sig_{play.serial}", "happened": happened, "disconnected_on": "2026-03-02"}
        play.serial += 1
        letter = play.leave(event, said, number=play.none)
        await play.settled(letter)
        if letter.jti not in play.hub.post.confirmed:
            raise NotSo(f"{event.rsplit('/', 1)[1]} was complained of")
    return f"{len(play.hub.heard.clearances)} clearances were told"


CHECKS = [
    *FORGED, new_key, retired_key, unknown_kind, unknown_members, missing_members, odd_spellings, signals,
]  # fmt: skip
