"""Checks of docs/protocol/streams.md: how letters are taken and confirmed."""

import asyncio
import time
from itertools import cycle

from jiebang.domain.letter import Event
from jiebang.sandbox.conformance.check import check
from jiebang.sandbox.conformance.judged import judged
from jiebang.sandbox.conformance.play import NotSo, Play
from jiebang.sandbox.conformance.streams import ID

_POLLING = "streams.md#polling"
_NEEDED = (Event.BINDINGS_ASKED, Event.UNBIND_ORDERED, Event.ORDER_REVOKED, Event.ORDER_OVERDUE)
_TURNED_AWAY = 3


@check("streams.md#streams", "The platform finds the hub, opens its stream, and asks for what it must hear.")
async def stream(play: Play) -> str:
    """Wait for the platform to come at all."""
    came = play.hub.streams
    await play.wait(lambda: came.wish is not None, "no stream was opened", seconds=play.inspection.arrival)
    judged(play, "stream", seen=1)
    missing = [event.rsplit("/", 1)[1] for event in _NEEDED if event not in came.requested]
    if missing:
        raise NotSo(f"events_requested lacks {', '.join(missing)}")
    return f"letters are {'posted' if came.pushed else 'polled for'}"


@check("streams.md#streams", "Letters about the stream itself are confirmed.")
async def letters_about_the_stream(play: Play) -> None:
    """Leave both kinds of them."""
    subject = {"format": "opaque", "id": ID}
    # A state is a platform's own: one that it did not send it may complain of (SSF 1.0 §8.1.4.1).
    said: dict[Event, dict[str, str]] = {Event.VERIFICATION: {}, Event.STREAM_UPDATED: {"status": "enabled"}}
    for event, words in said.items():
        letter = play.hub.pen.sign(play.hub.pen.claims(event, words, subject=subject))
        play.hub.leave(letter)
        await play.settled(letter)
        if letter.jti not in play.hub.post.confirmed:
            raise NotSo(f"{event.rsplit('/', 1)[1]} was complained of")


@check(
    _POLLING,
    "A letter is confirmed when it has been dealt with, and what the hub could not take is said again.",
)
async def confirmed_afterwards(play: Play) -> None:
    """Turn answers, then outcomes away a few times, and see whether the letter is confirmed nevertheless."""
    handle = await play.handle()
    post, heard = play.hub.post, play.hub.heard
    said = play.question()
    play.hub.troubles["/answers"] = _TURNED_AWAY
    letter = play.leave(Event.BINDINGS_ASKED, said, number=play.one)
    await play.wait(lambda: said["query_id"] in heard.answers or post.settled(letter), "no answer came again")
    if said["query_id"] not in heard.answers:
        raise NotSo("a question was confirmed before the hub had the answer")
    play.hub.troubles["/outcomes"] = _TURNED_AWAY
    order = play.order(handle, play.one)
    await play.wait(lambda: heard.final(order.id) or post.settled(order.letter), "no outcome came again")
    if not heard.final(order.id):
        raise NotSo("an order was confirmed before the hub had its outcome")


@check(_POLLING, "Many letters at once are all dealt with and confirmed, and rightly, in bounded time.")
async def many_at_once(play: Play) -> str:
    """Leave a crowd of questions in one moment."""
    await play.fresh()
    wanted, letters = {}, []
    began = time.monotonic()
    for number, _ in zip(
        cycle((play.none, play.one, play.two)), range(play.inspection.letters), strict=False
    ):
        said = play.question()
        letters.append(play.hub.pen.sign(play.claims(Event.BINDINGS_ASKED, said, number=number)))
        wanted[said["query_id"]] = {play.none: 0, play.one: 1, play.two: 2}[number]
        if len(letters) % 100 == 0:
            await asyncio.sleep(0)
    play.hub.leave(*letters)
    waiting, most = play.hub.post.waiting, len(letters)

    def over() -> bool:
        play.progress(1 - len(waiting) / most)
        return not waiting

    await play.hub.until(over, seconds=play.inspection.burst)
    answers = play.hub.heard.answers
    # Whoever confirms too early is told so elsewhere: here it counts that nothing is lost.
    await play.hub.until(lambda: wanted.keys() <= answers.keys(), seconds=play.inspection.patience)
    lost = sum(query_id not in answers for query_id in wanted)
    wrong = sum(query_id in answers and len(answers[query_id]) != right for query_id, right in wanted.items())
    if lost or wrong or waiting:
        raise NotSo(f"of {most}: {lost} not answered, {wrong} answered wrongly, {len(waiting)} not confirmed")
    return f"{most} in {time.monotonic() - began:.1f} s"


@check(
    "index.md#refusals",
    "A hub that is away for a while is waited for: first it answers 503, then not at all.",
)
async def hub_away(play: Play) -> None:
    """Be away, and come back with a letter."""
    await play.fresh()
    play.hub.away = True
    await asyncio.sleep(play.inspection.away)
    await play.hub.close()
    await asyncio.sleep(play.inspection.away)
    play.hub.away = False
    await play.hub.open()
    await play.ask(play.none)


@check(_POLLING, "Polls have the shape that is asked for.")
async def polling(play: Play) -> None:
    """Judge the polls of the whole inspection."""
    judged(play, "polling", seen=1)


CHECKS_FIRST = [stream, letters_about_the_stream, confirmed_afterwards]
CHECKS_LAST = [many_at_once, hub_away, polling]
