"""`jiebang agent init`: ask what has to be known, and write a platform's first configuration."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape

from jiebang.agent.errors import ConfigInvalid, Trouble
from jiebang.agent.joining.kinds import Kind, Question, kinds, questions
from jiebang.agent.joining.looking import proposals
from jiebang.agent.joining.reading import read
from jiebang.agent.joining.remarks import remarks
from jiebang.agent.joining.writing import Written, check_free, write
from jiebang.cli.terminal import err, out, refuse

_LOOKS_AFTER = "password_env"
"""Once this is known of an SQL database, it is looked into."""
_DECIDE = {"table", "number", "code", "gone"}
"""What is proposed for other questions follows from these."""
Made = TypeVar("Made")


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
    try:
        kind = _kind(accounts, asking=asking)
        check_free(path.absolute(), over=overwrite)
        answers = _answers(kind, said, folder=path.absolute().parent, asking=asking)
        done = write(kind, answers, to=path.absolute(), over=overwrite)
    except Trouble as trouble:
        refuse(escape(str(trouble)))
    if kind.type == "sql":
        _remark(answers, folder=path.absolute().parent)
    _say_what_is_next(kind, done)


def _kind(accounts: str | None, *, asking: bool) -> Kind:
    if accounts is not None or not asking:
        return _known(accounts)
    for kind in kinds().values():
        out.print(f"  [bold]{kind.type}[/bold]: {kind.says}", highlight=False)
    return _until_right("What do the accounts live in?", _known)


def _known(accounts: str | None) -> Kind:
    if accounts not in kinds():
        raise ConfigInvalid(f"--accounts must be among {', '.join(kinds())}.")
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
    proposed: Mapping[str, str] | None = {}
    answers: dict[str, str | Sequence[str]] = {}
    missing = []
    for question in asked:
        name = question.name
        answer = said.get(name, (proposed or {}).get(name, question.otherwise))
        reading = partial(read, question, kind=kind, answers=answers, folder=folder)
        if name not in said and asking:
            answers[name] = _until_right(_words(question), reading, proposed=answer)
        elif answer is None:
            missing.append(question)
            continue
        else:
            answers[name] = reading(answer)
        if kind.type == "sql" and "url" in answers and _looks_after(name, answers[name], proposed=proposed):
            proposed = _proposed({**said, **answers}, folder=folder, again=name != _LOOKS_AFTER)
    if missing:
        refuse(f"Say as well: {_listed(missing)}. For each: --say NAME=VALUE.")
    return answers


def _words(question: Question) -> str:
    among = f" ({', '.join(question.among)})" if question.among else ""
    commas = ", several with commas" if question.many else ""
    return f"{question.says}{among}{commas} [{question.name}]"


def _until_right(asks: str, reading: Callable[[str], Made], *, proposed: str | None = None) -> Made:
    """Ask until the answer is one that can be taken, and say each time why it was not."""

    def _taken(answer: str) -> Made:
        try:
            return reading(answer)
        except ConfigInvalid as wrong:
            raise typer.BadParameter(str(wrong)) from None

    made: Made = typer.prompt(asks, default=proposed, value_proc=_taken)
    return made


def _looks_after(name: str, answer: object, *, proposed: Mapping[str, str] | None) -> bool:
    """Whether to look now: all that it takes is known, or an answer was not the one that was proposed."""
    if name == _LOOKS_AFTER:
        return True
    return name in _DECIDE and proposed is not None and answer != proposed.get(name, "")


def _proposed(
    answers: Mapping[str, str | Sequence[str]], *, folder: Path, again: bool
) -> Mapping[str, str] | None:
    """Look into the database; `None` where that cannot be done."""
    try:
        found = proposals(answers, folder=folder, now=lambda: datetime.now(UTC))
    except Trouble as trouble:
        err.print(f"[yellow]{escape(str(trouble))}[/yellow]", highlight=False)
        return None
    if found and not again:
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
    for path in (done.config, *done.begun):
        out.print(f"Written: {path}", highlight=False, soft_wrap=True)
    for number, step in enumerate(
        (
            f"Read {done.config.name} through. {kind.next}",
            *(f"Fill in {path.name}: what stands there is an example." for path in done.begun),
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
