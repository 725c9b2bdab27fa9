"""`jiebang conform`: play the hub against a platform's agent, and report whether it keeps to the protocol."""

import asyncio
import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from jiebang.cli.terminal import err, out, refuse

if TYPE_CHECKING:
    from jiebang.sandbox.conformance.check import Check
    from jiebang.sandbox.conformance.inspection import Inspection
    from jiebang.sandbox.conformance.report import Finding, Report

app = typer.Typer()

_LOOKS = {
    "passed": "[green]passed[/green]",
    "failed": "[red]failed[/red]",
    "not tried": "[yellow]not tried[/yellow]",
}

Begins = Callable[["Check"], Callable[[float], None]]


@app.command()
def conform(
    path: Annotated[
        Path,
        typer.Argument(metavar="INSPECTION", help="What is tried, a TOML file; see docs/run/conform.md."),
    ],
    *,
    to: Annotated[Path | None, typer.Option("--json", help="Write the report to this file as well.")] = None,
) -> None:
    """
    Play the hub against an agent, whoever has written it, and report by protocol section what it does.

    Listens on 127.0.0.1 and says what to configure in the agent; start that, and wait. It needs records that
    were made for it at the platform: INSPECTION names their numbers, and a command that puts them back.
    The exit code is 0 only when every required check was passed.
    """
    from jiebang.sandbox.conformance.inspection import InspectionInvalid, load

    if to is not None and (to.is_dir() or not to.parent.is_dir()):
        refuse(f"{escape(str(to))} cannot be written: there is no such folder, or it is one.")
    try:
        inspection = load(path)
        inspection.public()
        _introduce(inspection)
        report = asyncio.run(_tried(inspection, folder=path.absolute().parent))
    except (InspectionInvalid, OSError) as wrong:
        refuse(escape(str(wrong)))
    out.print(_table(report))
    if to is not None:
        to.write_text(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n")
    failed = sum(not finding.stands for finding in report.findings)
    out.print(
        "[green]All of it was passed.[/green]" if report.passed else f"[red]Not passed: {failed}.[/red]"
    )
    if not report.passed:
        raise typer.Exit(1)


def _introduce(inspection: "Inspection") -> None:
    """Say what has to be configured in the agent."""
    err.print(
        f"Configure the agent, and start it:\n  hub       http://127.0.0.1:{inspection.port}\n"
        f"  platform  {escape(inspection.platform)}\n"
        f"  key       the private half of {escape(str(inspection.keys))}",
        highlight=False,
    )


async def _tried(inspection: "Inspection", *, folder: Path) -> "Report":
    from jiebang.sandbox.conformance.conform import conform as tried
    from jiebang.sandbox.conformance.report import Report

    async def restore() -> None:
        await _restore(inspection, folder=folder)

    report = Report(inspection.platform)
    with _progress() as (begins, over):
        async for finding in tried(inspection, restore, begins=begins):
            report.findings.append(finding)
            over(finding)
    return report


async def _restore(inspection: "Inspection", *, folder: Path) -> None:
    """Have the records put back as they were, by the command or by a person."""
    from jiebang.sandbox.conformance.inspection import InspectionInvalid

    if inspection.restore is None:
        err.print("Put the inspection's records back as they were, and press Enter.")
        try:
            await asyncio.to_thread(input)
        except EOFError:
            raise InspectionInvalid("restore: without a terminal it must name a command.") from None
        return
    running = await asyncio.create_subprocess_exec(*shlex.split(inspection.restore), cwd=folder)
    if await running.wait():
        raise InspectionInvalid(f"restore: the command ended with {running.returncode}.")


@contextmanager
def _progress() -> Iterator[tuple[Begins, Callable[["Finding"], None]]]:
    """Show which check is being tried, how far it has come, and each that was not passed."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from jiebang.sandbox.conformance.conform import CHECKS

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        going = progress.add_task("", total=len(CHECKS))

        def begins(check: "Check") -> Callable[[float], None]:
            progress.update(going, description=check.name)
            return lambda come: progress.update(going, description=f"{check.name} {come:.0%}")

        def over(finding: "Finding") -> None:
            progress.advance(going)
            if not finding.stands:
                progress.print(f"{_LOOKS[finding.verdict]} {finding.check}: {escape(finding.words)}")

        yield begins, over


def _table(report: "Report") -> Table:
    table = Table(
        box=SIMPLE, title=f"{escape(report.platform)}, by the sections of docs/protocol", title_justify="left"
    )
    for head in ("", "check", "what is asked for, and what was found"):
        table.add_column(head, overflow="fold")
    for section, findings in report.by_section().items():
        table.add_row("", f"[bold]{section}[/bold]", "")
        for finding in findings:
            claim = escape(finding.claim) + ("" if finding.required else " [dim](not required)[/dim]")
            found = f"\n[bold]{escape(finding.words)}[/bold]" if finding.words else ""
            table.add_row(_LOOKS[finding.verdict], finding.check, claim + found)
    return table
