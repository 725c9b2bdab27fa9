"""`jiebang agent init`: ask what has to be known, and write a platform's first configuration."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from jiebang.agent.errors import Trouble
from jiebang.agent.joining.kinds import Kind, Question, kinds, questions
from jiebang.agent.joining.looking import proposals
from jiebang.agent.joining.remarks import remarks
from jiebang.agent.joining.writing import Written, write
from jiebang.cli.terminal import err, out, refuse

_LOOKS_AFTER = "password_env"
"""Once this is known of an SQL database, it is looked into."""


def init(
    path: Annotated[Path, typer.Argument(metavar="CONFIG", help="The file to write.")] = Path("agent.toml"),
    *,
    accounts: Annotated[
        str | None, typer.Option(metavar="KIND", help="What the accounts live in: sql, scim, …")
    ] = None,
    say: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Answer one question; give it again for each."),
    ] = None,
    ask: Annotated[
        bool | None, typer.Option(help="Ask what is not said; without a terminal nothing is asked.")
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Write over CONFIG. A key is never written over.")] = False,
) -> None:
    """
    Ask what your accounts live in, and write a configuration with comments, and a key.

    An SQL database is looked into, where it can be reached, and its table and columns are proposed. Each
    question has a name, and can be answered beforehand:
    [bold]jiebang agent init shop.toml --accounts sql --say hub=https://hub.example --say url=sqlite:///shop.db[/bold]
    """
    asking = sys.stdin.isatty() if ask is None else ask
    said = dict(_pair(one) for one in say or [])
    kind = _kind(accounts, asking=asking)
    try:
        answers = _answers(kind, said, folder=path.absolute().parent, asking=asking)
        done = write(kind, answers, to=path.absolute(), over=overwrite)
    except Trouble as trouble:
        refuse(escape(str(trouble)))
    if kind.type == "sql":
        _remark(answers, folder=path.absolute().parent)
    _say_what_is_next(kind, done)


def _kind(accounts: str | None, *, asking: bool) -> Kind:
    if accounts is None and asking:
        for kind in kinds().values():
            out.print(f"  [bold]{kind.type}[/bold]: {kind.says}", highlight=False)
        accounts = typer.prompt("What do the accounts live in?")
    if accounts not in kinds():
        refuse(f"--accounts must be among {', '.join(kinds())}.")
    return kinds()[accounts]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter("must be NAME=VALUE", param_hint="--say")
    return name, value


def _answers(
    kind: Kind, said: Mapping[str, str], *, folder: Path, asking: bool
) -> dict[str, str | Sequence[str]]:
    """Find an answer to each question: said, proposed, asked for, or taken for granted."""
    asked = questions(kind)
    if unknown := said.keys() - {question.name for question in asked}:
        refuse(f"--say knows no {', '.join(sorted(unknown))}; {kind.type} asks for: {_listed(asked)}.")
    proposed: Mapping[str, str] = {}
    answers: dict[str, str | Sequence[str]] = {}
    missing = []
    for question in asked:
        answer = said.get(question.name, proposed.get(question.name, question.otherwise))
        if question.name not in said and asking:
            answer = _asked(question, answer)
        if answer is None:
            missing.append(question)
            continue
        answers[question.name] = _read(question, answer)
        if kind.type == "sql" and question.name == _LOOKS_AFTER:
            proposed = _proposed({**said, **answers}, folder=folder)
    if missing:
        refuse(f"Say as well: {_listed(missing)}. For each: --say NAME=VALUE.")
    return answers


def _asked(question: Question, proposed: str | None) -> str:
    among = f" ({', '.join(question.among)})" if 0 < len(question.among) <= 10 else ""  # noqa: PLR2004 - a line's worth
    commas = ", several with commas" if question.many else ""
    return str(typer.prompt(f"{question.says}{among}{commas} [{question.name}]", default=proposed))


def _read(question: Question, answer: str) -> str | Sequence[str]:
    """Take an answer apart, and refuse what is not among those that it must be among."""
    parts = (
        [part.strip() for part in answer.split(",") if part.strip()] if question.many else [answer.strip()]
    )
    if question.among and (wrong := [part for part in parts if part not in question.among]):
        refuse(f"{question.name} must be among {', '.join(question.among)}; {escape(wrong[0])} is not.")
    return parts if question.many else parts[0]


def _proposed(answers: Mapping[str, str | Sequence[str]], *, folder: Path) -> Mapping[str, str]:
    try:
        found = proposals(answers, folder=folder, now=lambda: datetime.now(UTC))
    except Trouble as trouble:
        err.print(f"[yellow]{escape(str(trouble))}[/yellow]", highlight=False)
        return {}
    if found:
        shown = ", ".join(f"{name} {value}" for name, value in found.items())
        err.print(f"The database was looked into: {escape(shown)}.", highlight=False, soft_wrap=True)
    return found


def _remark(answers: Mapping[str, str | Sequence[str]], *, folder: Path) -> None:
    # A database that cannot be reached was told of when proposals were wanted.
    with suppress(Trouble):
        for remark in remarks(answers, folder=folder, now=lambda: datetime.now(UTC)):
            err.print(f"[yellow]{escape(remark)}[/yellow]", highlight=False, soft_wrap=True)


def _listed(asked: Sequence[Question]) -> str:
    return ", ".join(question.name for question in asked)


def _say_what_is_next(kind: Kind, done: Written) -> None:
    out.print(f"Written: {done.config}", highlight=False, soft_wrap=True)
    for number, step in enumerate(
        (
            f"Read {done.config.name} through. {kind.next}",
            f"Give {done.public} to the hub's operator, and put the id that you are told into `platform`.",
            "Put a record that has the canary's number into the store.",
            f"jiebang agent check {done.config.name}",
            f"jiebang agent try {done.config.name} -",
            f"jiebang agent run {done.config.name}",
        ),
        start=1,
    ):
        out.print(f"  {number}. {step}", highlight=False, soft_wrap=True, markup=False)
    out.print(
        f"The private key is {done.key}; it never leaves this machine.", highlight=False, soft_wrap=True
    )
