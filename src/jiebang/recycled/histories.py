"""From tenures to facts: on which day, if ever, a number last became someone else's."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, tzinfo

from jiebang.domain.span import Span
from jiebang.domain.tenure import Change, Tenure, tenures
from jiebang.recycled.days import NEVER, NOT_COVERED, code_of


def changed_hands(line: Sequence[Tenure]) -> Span | None:
    """When a number last became someone else's, from its tenures, oldest first; `None` when it never did."""
    # Whoever comes back goes on with the tenure that was theirs.
    return line[-1].since if len(line) > 1 else None


def code_for(history: Iterable[Change], zone: tzinfo = UTC) -> int:
    """
    Replay a number's history into its day code.

    A tenure begins within a span; the list says the last day of it, as the hub does when it is
    asked: whoever was bound before that day may have been bound to an earlier holder.
    """
    line = tenures(history)
    if not line:
        return NOT_COVERED
    at = changed_hands(line)
    if at is None or at.not_after is None:
        return NEVER
    return code_of(at.not_after.astimezone(zone).date())


def facts(histories: Iterable[tuple[str, Iterable[Change]]], zone: tzinfo = UTC) -> Iterator[tuple[int, int]]:
    """Turn histories, each with its number in E.164, into each covered number and its day code."""
    for e164, history in histories:
        code = code_for(history, zone)
        if code != NOT_COVERED:
            yield int(e164[1:]), code
