"""An inspection from its first check to its last."""

from collections.abc import AsyncIterator, Callable, Sequence

from jiebang.sandbox.conformance import of_answers, of_closings, of_letters, of_orders, of_streams, of_tokens
from jiebang.sandbox.conformance.check import Check
from jiebang.sandbox.conformance.hub import PlayedHub
from jiebang.sandbox.conformance.inspection import Inspection
from jiebang.sandbox.conformance.play import NotSo, NotTried, Play, Restore
from jiebang.sandbox.conformance.report import Finding, Verdict

CHECKS: Sequence[Check] = (
    *of_streams.CHECKS_FIRST,
    *of_answers.CHECKS_FIRST,
    *of_tokens.CHECKS_FIRST,
    *of_letters.CHECKS,
    *of_orders.CHECKS,
    *of_closings.CHECKS,
    *of_streams.CHECKS_LAST,
    *of_answers.CHECKS_LAST,
    *of_tokens.CHECKS_LAST,
)
"""In the order in which they are tried: what may end an agent comes late, and what judges all comes last."""


async def conform(
    inspection: Inspection, restore: Restore, *, begins: Callable[[Check], Callable[[float], None]]
) -> AsyncIterator[Finding]:
    """
    Try a platform, check after check; each finding comes when it is there.

    `begins` hears of each check before it is tried, and gives what hears how far it has come. Raises
    `OSError` when the port is taken, and `InspectionInvalid` when there is no key.
    """
    numbers = [inspection.numbers.one.e164, inspection.numbers.two.e164, inspection.numbers.none.e164]
    hub = PlayedHub(
        platform=inspection.platform, keys=inspection.public(), port=inspection.port, numbers=numbers
    )
    await hub.open()
    try:
        play = Play(inspection=inspection, hub=hub, restore=restore)
        for check in CHECKS:
            play.progress = begins(check)
            yield await _tried(check, play)
    finally:
        await hub.close()


async def _tried(check: Check, play: Play) -> Finding:
    """Try one check. What it has left in the mailbox is taken out, so that no other suffers from it."""
    verdict, words = Verdict.PASSED, ""
    try:
        if play.hub.streams.wish is None and check is not CHECKS[0]:
            verdict, words = Verdict.NOT_TRIED, "the platform has no stream"
        else:
            words = await check.how(play) or ""
    except NotSo as otherwise:
        verdict, words = Verdict.FAILED, str(otherwise)
    except NotTried as why:
        verdict, words = Verdict.NOT_TRIED, str(why)
    play.hub.post.waiting.clear()
    play.hub.post.backwards = False
    play.hub.troubles.clear()
    return Finding(
        check=check.name, section=check.section, claim=check.claim, verdict=verdict, required=check.required,
        words=words,
    )  # fmt: skip
