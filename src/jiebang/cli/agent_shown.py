"""What `jiebang agent` shows: tables of what was proven, tried and done."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from jiebang.agent.canary import Proven, Verdict
from jiebang.agent.spending import Kind
from jiebang.agent.status import Status
from jiebang.agent.tallies import Fact, Tally
from jiebang.agent.trial import Rehearsal, Trial, Tried

_LOOKS = {Verdict.PROVEN: "green", Verdict.FAILED: "red", Verdict.OPEN: "yellow"}
_HUES = {Tried.REHEARSED: "green", Tried.UNTRIED: "yellow", Tried.FAILED: "red"}


def proofs_table(proofs: Sequence[Proven]) -> Table:
    """Show what was proven, with what, and why something stays open."""
    table = Table(box=SIMPLE, title="What the agent proves before it answers anything")
    for heading in ("", "claim", "with what, or why not"):
        table.add_column(heading)
    for proven in proofs:
        words, hue = escape(proven.words), _LOOKS[proven.verdict]
        table.add_row(
            f"[{hue}]{proven.verdict}[/{hue}]", escape(proven.claim),
            words if proven.verdict is Verdict.PROVEN else f"[bold]{words}[/bold]",
        )  # fmt: skip
    return table


def trial_table(trial: Trial) -> Table:
    """Show what a hub would be answered about a number, and what would be done to each record."""
    said = "all of its records" if trial.complete else "its records, as far as the store was seen"
    table = Table(box=SIMPLE, title=f"{trial.number}: {said}, as the hub would see them", show_lines=True)
    for heading in ("record", "what is told of it", "what can be ordered", "when the number changes hands"):
        table.add_column(heading)
    for rehearsal in trial.rehearsals:
        table.add_row(*(escape(cell) for cell in _told(rehearsal)), _ordered(rehearsal), _cleaned(rehearsal))
    return table


def none_shown(trial: Trial, *, indexed: bool) -> str:
    """Say that a number has no record, or that none was seen so far, and what would show more."""
    if trial.complete:
        return f"{trial.number}: no record uses it."
    more = "run `jiebang agent scan`, and then try again" if indexed else "there are parts it did not show"
    return f"{trial.number}: none seen so far, and the store was not seen whole: {more}."


def status_table(status: Status) -> Table:
    """Show how an agent stands."""
    table = Table(box=SIMPLE, show_header=False, title="How the agent stands, as its ledger has it")
    for what, told in (*_happened(status), *_waiting(status), *_done(status)):
        table.add_row(what, told)
    return table


def _told(rehearsal: Rehearsal) -> tuple[str, str]:
    told = rehearsal.binding
    bound = told["bound"]
    when = f"{bound['at'][:10]} ({bound['source']})" if bound["at"] else "nobody knows when"
    lines = [f"{told['label']}  {told['class']}", f"bound {when}"]
    if told["last_used"]:
        lines.append(f"last used {told['last_used'][:10]}")
    if told["other_logins"] is not None:
        lines.append(f"{told['other_logins']} other ways to sign in")
    return f"{told['kind']}\n{told['handle']}", "\n".join([*lines, *told["conditions"]])


def _ordered(rehearsal: Rehearsal) -> str:
    can = " or ".join(rehearsal.binding["can"]) or "nothing"
    hue = _HUES[rehearsal.tried]
    why = f"\n[bold]{escape(rehearsal.why)}[/bold]" if rehearsal.why else ""
    return f"{can}\n[{hue}]{rehearsal.tried}[/{hue}]{why}"


def _cleaned(rehearsal: Rehearsal) -> str:
    return f"nobody has it: {rehearsal.on_disconnected}\nsomebody else has it: {rehearsal.on_recycled}"


def _happened(status: Status) -> Iterator[tuple[str, str]]:
    last = status.last
    yield "started", _ago(last[Fact.STARTED].at, status.at) if Fact.STARTED in last else "never"
    if Fact.POLLED in last:
        polled = last[Fact.POLLED]
        more = ", and the hub has more" if Fact.MORE in last and last[Fact.MORE].counted else ""
        yield "last poll", f"{_ago(polled.at, status.at)}: {polled.counted} letters{more}"
    if Fact.CANARY in last:
        tried = last[Fact.CANARY]
        came = f"[red]{tried.counted} proofs failed[/red]" if tried.counted else "[green]proven[/green]"
        yield "canary", f"{_ago(tried.at, status.at)}: {came}"


def _waiting(status: Status) -> Iterator[tuple[str, str]]:
    yield "orders to act on", str(status.due)
    yield "orders that wait for an owner", str(status.objections)
    if status.held or status.held_signals:
        held = f"{status.held} orders and {status.held_signals} signals"
        yield "[red]beyond the budget[/red]", f"[red]{held}; see: jiebang agent release[/red]"
    if status.lag:
        yield "longest wait, but for owners", _long(status.lag)
    yield "outcomes that the hub was not told", str(status.untold)
    for kind in Kind:
        yield f"{kind} within the last hour", f"{status.used[kind]} of {status.budget[kind]}"


def _done(status: Status) -> Iterator[tuple[str, str]]:
    names = {
        Tally.QUESTION: "questions", Tally.BINDING: "records told of", Tally.ORDER: "orders",
        Tally.CLEANED: "records cleaned", Tally.COMPLAINT: "letters not taken",
    }  # fmt: skip
    for (what, detail), count in sorted(status.totals.items()):
        yield f"{names[what]} {detail.replace(':', ', ')}".rstrip(), str(count)


def _ago(at: datetime, now: datetime) -> str:
    return f"{_long(max(timedelta(0), now - at))} ago"


def _long(length: timedelta) -> str:
    """Say a length as a person would: in its largest unit."""
    seconds = int(length.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
