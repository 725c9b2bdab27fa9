#!/usr/bin/env python3
"""
Fill the parts of the documents that the code says better: between `<!-- from the code: … -->` and its end.

Run it as `.venv/bin/python tools/fill_docs.py` when a house test says that a document and the code differ.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic.fields import FieldInfo

from jiebang import domain
from jiebang.api.problems import STATUS
from jiebang.config import Settings
from jiebang.domain import policy as rules
from jiebang.domain.binding import OrderKind, Origin, RecordKind
from jiebang.domain.calendar import Calendar
from jiebang.domain.errors import Refusal, TooSoon, WrongCode
from jiebang.domain.letter import Event, Letter, bindings_asked, order_overdue, order_revoked, ordered
from jiebang.domain.number import parse
from jiebang.domain.order import MOVES, Order, State, Verb
from jiebang.domain.party import SCOPES
from jiebang.domain.policy import Policy
from jiebang.domain.query import Query
from jiebang.domain.signal import Signal, Told, letter_of
from jiebang.domain.span import day, instant
from jiebang.domain.stream import Stream
from jiebang.sandbox.conformance.conform import CHECKS
from jiebang.wire import keys
from jiebang.wire.tokens import Route, sign_letters

# A refusal stands where what it is about stands: all of the domain is read, or some would be passed over.
for _module in pkgutil.iter_modules(domain.__path__, "jiebang.domain."):
    importlib.import_module(_module.name)

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_CONFIGS = ROOT / "src/jiebang/sandbox/configs"
_BLOCK = re.compile(r"(<!-- from the code: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def filled(text: str) -> str:
    """Fill each block of a document anew; raises `KeyError` for a block that the code says nothing about."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]()}\n\n{block[3]}", text)


def states(moves: Mapping[tuple[State, Verb], State] = MOVES) -> str:
    """Draw an order's states and the verbs that lead from each to the next, as a Mermaid diagram."""
    final = [state for state in State if not any(before is state for before, _ in moves)]
    drawn = [
        "[*] --> open: place",
        *(f"{before} --> {after}: {verb}" for (before, verb), after in moves.items()),
        *(f"{state} --> [*]" for state in final),
    ]
    return _fenced("mermaid", "\n".join(["stateDiagram-v2", *(f"    {line}" for line in drawn)]))


def settings() -> str:
    """List a hub's settings."""
    rows = [
        (f"`JIEBANG_{name.upper()}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _table(("Setting", "Default", "What it is for"), rows)


def policy() -> str:
    """List every duration and limit that an operator can set anew, with its reason."""
    chosen = Policy()
    reasons = _reasons(Policy)
    rows = [
        (
            f"`{field.name}`",
            f"`{_spelled(getattr(chosen, field.name))}`",
            " ".join(reasons[field.name].split()),
        )
        for field in fields(Policy)
        if isinstance(getattr(chosen, field.name), timedelta | int | frozenset)
    ]
    return _table(("Name", "Default", "Reason"), rows)


def aging() -> str:
    """List how long numbers rest, by country calling code."""
    rests = {f"+{country}": rest for country, rest in rules.AGING.items()}
    rests["anything else"] = Policy().aging_elsewhere
    rows = [(first, f"{rest.days} days") for first, rest in rests.items()]
    return _table(("Numbers that begin with", "Rest"), rows)


def refusals() -> str:
    """List every refusal: its name for machines, its status at the machines' door, its sentence."""
    rows = [(f"`{one.code}`", str(_status(one)), str(one)) for one in _leaves(Refusal)]
    return _table(("`code`", "HTTP", "Says"), sorted(rows, key=lambda row: (row[1], row[0])))


def scopes() -> str:
    """List what each role may be granted."""
    rows = [(role.value, ", ".join(f"`{scope}`" for scope in granted)) for role, granted in SCOPES.items()]
    return _table(("Role", "Scopes"), rows)


def letters() -> str:
    """Show the payload of a letter of each of our kinds, as the hub signs it."""
    return "\n\n".join(f"### `{_ending(letter.event)}`\n\n{_payload(letter)}" for letter in _examples())


def shop() -> str:
    """Show the configuration of the demo's shop."""
    return _fenced("toml", (_CONFIGS / "shop.toml").read_text().strip())


def identity() -> str:
    """Show the configuration of the demo's identity provider."""
    return _fenced("toml", (_CONFIGS / "identity.toml").read_text().strip())


def allauth() -> str:
    """Show the configuration of a site on django-allauth."""
    return _fenced("toml", (_CONFIGS / "allauth.toml").read_text().strip())


def directory() -> str:
    """Show the configuration of an agent beside OpenLDAP."""
    return _fenced("toml", (_CONFIGS / "directory.toml").read_text().strip())


def active_directory() -> str:
    """Show the configuration of an agent beside Active Directory."""
    return _fenced("toml", (_CONFIGS / "active-directory.toml").read_text().strip())


def checks() -> str:
    """List what the conformance kit tries, by the section of the protocol that asks for it."""
    stars = {True: "", False: " *"}
    rows = [
        (f"`{one.name}`{stars[one.required]}", f"[{one.section}](../protocol/{one.section})", one.claim)
        for one in CHECKS
    ]
    return _table(("Check", "Section", "What is asked for"), rows)


BLOCKS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        block.__name__: block
        for block in (
            states,
            settings,
            policy,
            aging,
            refusals,
            scopes,
            letters,
            shop,
            allauth,
            identity,
            directory,
            active_directory,
            checks,
        )
    }
)


def main() -> None:
    """Fill every document."""
    for path in DOCS.rglob("*.md"):
        text = path.read_text()
        if filled(text) != text:
            path.write_text(filled(text))


def _examples() -> Iterator[Letter]:
    number, chosen, platform = parse("+8613700137001"), Policy(), "par_bluebird"
    query = Query(id="qry_example", number=number, asked_at=_AT, proof_id="prf_example")
    calendar = Calendar(country="CN", zone=ZoneInfo("Asia/Shanghai"))
    yield bindings_asked(query, query.put_to(platform, calendar=calendar, policy=chosen), jti="set_asked")
    objection = _AT + chosen.objection
    unbind = Order(
        id="ord_example", kind=OrderKind.UNBIND, platform_id=platform, number=number,
        handle="account-17", record_kind=RecordKind.ACCOUNT, label="li***",
        origin=Origin.UNCERTAIN, state=State.OPEN, placed_at=_AT,
        due=calendar.end_of_workday(chosen.unbind_workdays, after=objection), leave_at=_AT,
        object_until=objection,
    )  # fmt: skip
    yield ordered(unbind)
    closing = _AT + chosen.cooling_off
    deregister = replace(
        unbind, kind=OrderKind.DEREGISTER, origin=Origin.OWN, object_until=None, leave_at=closing,
        due=calendar.end_of_workday(chosen.deregister_workdays, after=closing),
    )  # fmt: skip
    yield ordered(deregister)
    yield order_overdue(unbind)
    yield order_revoked(unbind, jti="set_revoked", now=_AT)
    stream = Stream(id="str_example", platform_id=platform, events_requested=())
    for seq, (event, at) in enumerate(
        ((Event.NUMBER_DISCONNECTED, day(_AT.date())), (Event.IDENTIFIER_RECYCLED, instant(_AT)))
    ):
        signal = Signal(number=number, event=event, at=at)
        yield letter_of(Told(seq=1204 + seq, signal=signal, told_at=_AT), stream)


def _payload(letter: Letter) -> str:
    route = Route(issuer="https://hub.example", audience="par_bluebird", stream_id="str_example")
    signed = sign_letters([letter], route, key=keys.make())[letter.jti].split(".")[1]
    claims = json.loads(urlsafe_b64decode(signed + "=" * (-len(signed) % 4)))
    return _fenced("json", json.dumps(claims, indent=2))


def _ending(event: Event) -> str:
    return event.value.rpartition("/")[2]


def _leaves(kind: type[Refusal]) -> Iterator[Refusal]:
    # Of ours: whoever imports this may have made some of their own.
    narrower = [one for one in kind.__subclasses__() if one.__module__.startswith("jiebang.")]
    for one in narrower:
        yield from _leaves(one)
    if not narrower:
        yield kind(_AT) if issubclass(kind, TooSoon) else kind(1) if issubclass(kind, WrongCode) else kind()


def _status(refusal: Refusal) -> int:
    return next(int(STATUS[kind]) for kind in type(refusal).__mro__ if kind in STATUS)


def _reasons(kind: type) -> dict[str, str]:
    """Read the sentence under each field of a class."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class is a class
    return {
        line.target.id: " ".join(after.value.value.split())
        for line, after in zip(body.body, body.body[1:], strict=False)
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(after.value.value, str)
    }


def _spelled(value: timedelta | int | frozenset[str]) -> str:
    """Write a duration as ISO 8601 has it, in its largest whole unit, and words as JSON does."""
    if isinstance(value, frozenset):
        return json.dumps(sorted(value))
    if isinstance(value, int):
        return str(value)
    seconds = int(value.total_seconds())
    for unit, spelling in ((86400, "P{}D"), (3600, "PT{}H"), (60, "PT{}M")):
        if seconds % unit == 0:
            return spelling.format(seconds // unit)
    return f"PT{seconds}S"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{value}`"


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    main()
