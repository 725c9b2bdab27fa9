"""What operators and platforms are told to write is what the code reads, to the last key and column."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from jiebang.agent.config import Budget, Clean, CleanRule, Config, Metrics, Objection, load
from jiebang.agent.connectors.http import shape, steps
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.ldap.store import LdapMark, LdapStore
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.sql.store import SqlRecord, SqlStore
from jiebang.agent.index.part import Index
from jiebang.api.shapes import Answers, Outcomes
from jiebang.api.stream_shapes import Poll
from jiebang.app import create
from jiebang.domain.binding import BoundSource, OrderKind, Precision, RecordClass, RecordKind
from jiebang.domain.letter import Event
from jiebang.domain.order import Denial, State
from jiebang.domain.policy import Policy
from jiebang.house import House
from jiebang.sandbox.conformance.conform import CHECKS
from jiebang.sandbox.conformance.inspection import Inspection, Numbers
from jiebang.store.database import Database
from jiebang.wire import keys
from jiebang.wire.change_rows import COLUMNS
from tests.house.files import CODE, sources
from tests.house.test_docs import INLINE, fenced, rows
from tools.fill_docs import DOCS

PROTOCOL = "".join(path.read_text() for path in sorted((DOCS / "protocol").glob("*.md")))


def names(shape: type[BaseModel], *, under: str = "") -> set[str]:
    """List the keys of a part of the agent's configuration, as a reader writes them."""
    return {under + (field.alias or name) for name, field in shape.model_fields.items()}


def test_the_agents_keys_are_all_told_and_no_others() -> None:
    told = {key for row in rows(DOCS / "run/agent.md") for key in INLINE.findall(row[0])}
    told = {key for key in told if not key.startswith("jiebang_agent_")}
    asked = names(Config)
    asked |= names(SqlStore, under="connector.") | names(ScimStore, under="connector.")
    asked |= names(HttpStore, under="connector.")
    asked |= names(LdapStore, under="connector.")
    asked |= names(LdapMark, under="connector.disable.") | names(LdapMark, under="connector.flag.")
    asked |= names(SqlRecord, under="connector.record.")
    asked |= names(Clean, under="clean.") | names(CleanRule, under="clean.rule.")
    asked |= names(Objection, under="objection.") | names(Index, under="index.")
    asked |= names(Budget, under="budget.") | names(Metrics, under="metrics.")
    assert told == asked


def test_the_keys_of_a_file_of_requests_are_all_told_and_no_others() -> None:
    told = {key for row in rows(DOCS / "run/http.md") for key in INLINE.findall(row[0])}
    asked = names(steps.Step) | names(shape.Pages, under="pages.")
    asked |= names(shape.Account, under="account.") - {"account.numbers"}
    asked |= names(shape.Numbers, under="account.numbers.")
    asked |= {"check", "find", "read", "unbind", "deregister", "flag", "list"}
    asked |= {"access.type", "none", "bearer", "basic", "header", "client_credentials"}
    assert told == asked
    spoken = (DOCS / "run/http.md").read_text()
    others = names(shape.Requests) | names(shape.Listing) | names(shape.Change) | names(shape.Access)
    assert [key for key in others if f"`{key}`" not in spoken and f"`access.{key}`" not in spoken] == []


def test_a_inspections_keys_are_all_told_and_no_others() -> None:
    told = {key for row in rows(DOCS / "run/conform.md") for key in INLINE.findall(row[0])}
    asked = names(Inspection) - {"numbers"} | names(Numbers, under="numbers.")
    assert told == asked | {check.name for check in CHECKS}


def test_the_configurations_are_ones_that_the_agent_reads(tmp_path: Path) -> None:
    for name in ("shop.db", "site.db"):
        (tmp_path / name).touch()
    shown = [block for block in fenced(DOCS / "run/agent.md") if 'type = "' in block and "hub" in block]
    assert len(shown) == 5
    for block in shown:
        (tmp_path / "agent.toml").write_text(block)
        assert load(tmp_path / "agent.toml").canary.e164 == "+8613700137000"


def test_a_change_files_columns_are_told_in_their_order() -> None:
    told = [INLINE.findall(row[0]) for row in rows(DOCS / "run/carrier.md")]
    assert [key[0] for key in told if key and key[0] in COLUMNS] == list(COLUMNS)
    assert ",".join(COLUMNS) in fenced(DOCS / "run/carrier.md")[1]


def test_every_route_of_the_machines_door_is_told() -> None:
    house = House(
        database=Database("sqlite://"), policy=Policy(), key=keys.make(), issuer="https://hub.example",
        now=lambda: datetime(2026, 3, 2, tzinfo=UTC), secure_cookies=True,
    )  # fmt: skip
    paths = create(house).openapi()["paths"]
    wanted = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert "POST /ssf/poll/{stream_id}" in wanted
    assert [one for one in wanted if one not in PROTOCOL] == []


def test_every_code_of_a_problem_is_told() -> None:
    written = "".join(path.read_text() for path in sources(CODE / "api"))
    codes = set(re.findall(r'code="(\w+)"', written))
    assert "too_large" in codes
    assert [code for code in codes if f"`{code}`" not in PROTOCOL] == []


@pytest.mark.parametrize("words", [BoundSource, Denial, OrderKind, Precision, RecordClass, RecordKind])
def test_every_word_that_a_platform_may_say_is_told(words: type[Denial]) -> None:
    told = set(INLINE.findall((DOCS / "protocol/platform.md").read_text()))
    assert {word.value for word in words} - told == set()


def test_every_event_and_every_state_is_told() -> None:
    events = (DOCS / "protocol/events.md").read_text()
    assert [event for event in Event if f"`{event.value}`" not in events] == []
    told = {key for row in rows(DOCS / "explain/orders.md") for key in INLINE.findall(row[0])}
    assert {state.value for state in State} - told == set()


@pytest.mark.parametrize(
    ("page", "first", "shape"),
    [
        ("platform.md", "answers", Answers),
        ("platform.md", "outcomes", Outcomes),
        ("streams.md", "maxEvents", Poll),
    ],
)
def test_what_is_shown_to_be_sent_is_taken(page: str, first: str, shape: type[BaseModel]) -> None:
    shown = [json.loads(block) for block in fenced(DOCS / "protocol" / page) if block.startswith("{")]
    sent = next(block for block in shown if next(iter(block)) == first)
    assert shape.model_validate(sent).model_dump(exclude_unset=True)


def test_deadlines_are_told_as_the_policy_has_them() -> None:
    from_policy = dict(re.findall(r"^\| `(\w+)` \| `(\w+)`", (DOCS / "run/hub.md").read_text(), re.MULTILINE))
    orders = (DOCS / "explain/orders.md").read_text()
    assert (from_policy["unbind_workdays"], from_policy["objection"]) == ("5", "P7D")
    assert "`object_until` 7 days later | the 5th working day after" in orders
    assert (from_policy["deregister_workdays"], from_policy["cooling_off"]) == ("15", "P3D")
    assert "cooling-off of 72 hours | the 15th working day" in orders
    assert (from_policy["workday_begins"], from_policy["workday_ends"]) == ("PT9H", "PT18H")
    assert "from 09:00 to 18:00: a platform is slow after two, and silent after 48 hours" in orders
    assert (from_policy["answer_slow"], from_policy["answer_silent"]) == ("PT2H", "P2D")
