"""Checks of docs/protocol/platform.md: what is answered, and in which form all is said."""

from jiebang.sandbox.conformance.check import check
from jiebang.sandbox.conformance.judged import judged
from jiebang.sandbox.conformance.play import NotSo, Play

_ANSWERS = "platform.md#answers"
_OUTCOMES = "platform.md#outcomes"


@check(
    _ANSWERS, "A question is answered completely: with every record that uses the number, and with no other."
)
async def answers(play: Play) -> None:
    """Ask about each of the three numbers."""
    await play.fresh()
    for number, name, right in ((play.none, "none", 0), (play.one, "one", 1), (play.two, "two", 2)):
        found = await play.handles(number)
        if len(found) != right or len(set(found)) != right:
            raise NotSo(f"numbers.{name}: {len(set(found))} records were found; {right} were expected")


@check(_ANSWERS, "A record keeps its handle from one question to the next.")
async def same_handle(play: Play) -> None:
    """Ask twice."""
    await play.fresh()
    if set(await play.handles(play.two)) != set(await play.handles(play.two)):
        raise NotSo("the same records were named otherwise the second time")


@check(
    _ANSWERS,
    "Answers have the shape that is asked for, tell the number nowhere, and stay as they are once complete.",
)
async def answers_shape(play: Play) -> None:
    """Judge the answers of the whole inspection. Whether a label is masked enough, only a person can see."""
    judged(play, "answers-shape", seen=len(play.hub.heard.answers))


@check(_OUTCOMES, "Outcomes have the shape that is asked for.")
async def outcomes_shape(play: Play) -> None:
    """Judge the outcomes of the whole inspection."""
    judged(play, "outcomes-shape", seen=len(play.hub.heard.outcomes))


@check(
    _OUTCOMES,
    "Each outcome has a receipt: the platform's signature under it and the letter that ordered this attempt.",
)
async def receipts(play: Play) -> str:
    """Judge the receipts of the whole inspection."""
    seen = sum(len(told) for told in play.hub.heard.outcomes.values())
    judged(play, "receipts", seen=seen)
    return f"{seen} receipts were verified"


@check("platform.md#clearances", "Clearances have the shape that is asked for.", required=False)
async def clearances_shape(play: Play) -> None:
    """Judge the clearances of the whole inspection."""
    judged(play, "clearances-shape", seen=len(play.hub.heard.clearances))


CHECKS_FIRST = [answers, same_handle]
CHECKS_LAST = [answers_shape, outcomes_shape, receipts, clearances_shape]
