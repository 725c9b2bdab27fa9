"""The spine over every account system: asked, seen as left behind, unbound, verified by the second look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from jiebang.domain.binding import BoundSource
from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.sandbox import carrier
from jiebang.sandbox.holder import Card, Holder
from jiebang.sandbox.program import Program, installed
from jiebang.sandbox.story import prove
from jiebang.sandbox.world import CARRIER, PARTIES, Plan, World
from jiebang.store.database import Database
from jiebang.wire import keys
from tests.connectors.conftest import ALLAUTH, CONFIG, EVERY, PARAMETERS, started
from tests.systems.allauth import AllauthSystem
from tests.systems.allauth_visitor import Visitor
from tests.systems.system import ABSENT, CANARY, System

_YEAR = timedelta(days=365)
_serials = count(1)


class Meeting:
    """A hub and a carrier, where one platform after another joins with its own agent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(Plan(directory=folder, policy={"objection": "PT1S"}))
        self.database_url = self.world.hub.environment["JIEBANG_DATABASE_URL"]

    def open(self) -> None:
        """Start the hub and what carries its texts, and nothing else of the world."""
        (self.folder / "logs").mkdir()
        self.world.hub.start()
        self.world.gateway.open()
        self.world.await_hub()
        self._let_in(CARRIER, PARTIES[CARRIER][0])

    @contextmanager
    def joined(self, system: System) -> Iterator[str]:
        """Let a platform join with its agent, for a while; gives its id."""
        platform = f"par_{next(_serials)}"
        folder = self._let_in(platform, Role.PLATFORM)
        config = CONFIG.format(
            hub=self.world.hub_url, platform=platform, ledger="ledger.db", canary=CANARY, absent=ABSENT
        )
        (folder / "agent.toml").write_text(config + system.connector())
        agent = Program(
            [installed("jiebang"), "agent", "run", folder / "agent.toml"],
            output=folder / "agent.log", environment=system.secrets(),
        )  # fmt: skip
        agent.start()
        try:
            agent.until("the agent is ready", lambda: "agent:self:started" in agent.said() or None)
            yield platform
        finally:
            agent.stop()

    def close(self) -> None:
        """End the hub."""
        self.world.hub.stop()
        self.world.gateway.close()

    def _let_in(self, party_id: str, role: Role) -> Path:
        folder = self.folder / party_id
        folder.mkdir()
        key = keys.make()
        keys.write(key, folder / "agent-key.json")
        party = Party(
            id=party_id, role=role, name=party_id, jwks=key.public_set(), timezone="Asia/Shanghai",
            country="CN",
        )  # fmt: skip
        database = Database(self.database_url)
        add_party(database, party, now=datetime.now(UTC))
        database.close()
        return folder


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    """Open one hub for all systems."""
    meeting = Meeting(tmp_path_factory.mktemp("meeting"))
    try:
        meeting.open()
        yield meeting
    finally:
        meeting.close()


@pytest.fixture(scope="module", params=[one for one in PARAMETERS.values() if one not in ALLAUTH])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Run each system in turn; a whole application has the same story, and more, with its own pages."""
    yield from started(EVERY[request.param], request)


def let_go(holder: Holder, card: Card) -> None:
    """Free what was left behind; of what nobody can tell, say that it is not mine."""
    if card.origin == "inherited":
        holder.free_everything()
    else:
        holder.let_go(card)


def test_a_number_that_was_left_behind_is_let_go(meeting: Meeting, system: System) -> None:
    world, number = meeting.world, f"+861360033{next(_serials):04}"
    handle, other = system.add(number), system.add(f"+861360044{next(_serials):04}")
    now = datetime.now(UTC)
    world.load(carrier.recycled(number, first_on=now - 8 * _YEAR, again_at=now))
    with meeting.joined(system) as platform:
        holder = Holder(world.public_url, language="en")
        prove(holder, world, number=number)
        holder.ask([platform])
        [card] = holder.await_answers()
        # Only where the system knows when the number was bound is it sure whose the account is.
        native = system.bound is BoundSource.NATIVE
        assert card.origin == ("inherited" if native else "uncertain")
        let_go(holder, card)
        [order] = holder.await_orders(1)
        assert order.state == "verified"
    assert (system.numbers(handle), system.is_open(handle)) == ([], True)
    assert len(system.numbers(other)) == 1
    assert system.changes(handle) in {1, None}


@pytest.mark.parametrize("system", ALLAUTH, indirect=True)
def test_a_sign_up_by_code_is_refused_before_and_succeeds_after(
    meeting: Meeting, system: AllauthSystem
) -> None:
    world, number = meeting.world, f"+861360055{next(_serials):04}"
    earlier, newcomer = Visitor(system), Visitor(system)
    who = earlier.sign_up(number, email="earlier@mail.example")
    assert who.startswith("member ")
    refused = newcomer.ask_to_sign_up(number, email="newcomer@mail.example")
    assert "already registered with this phone number" in refused
    assert len(system.sent(number)) == 1
    now = datetime.now(UTC)
    world.load(carrier.recycled(number, first_on=now - 8 * _YEAR, again_at=now))
    with meeting.joined(system) as platform:
        holder = Holder(world.public_url, language="en")
        prove(holder, world, number=number)
        holder.ask([platform])
        let_go(holder, *holder.await_answers())
        [order] = holder.await_orders(1)
        assert order.state == "verified"
    another = newcomer.sign_up(number, email="newcomer@mail.example")
    assert another.startswith("member ")
    assert another != who
    # The earlier holder lost a number, and no account.
    assert Visitor(system).log_in("earlier@mail.example") == who
