"""Stores that can only be read for a while: orders wait, nothing is half done, and then they are acted on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from jiebang.agent.dispatch import deal_with
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.number import Number
from tests.agent.pretender import Pretender
from tests.connectors.conftest import PARAMETERS, DeskOpener
from tests.connectors.test_every_system import differing, nothing_differs
from tests.systems.django_scim import DjangoScim
from tests.systems.shop import unwritable
from tests.systems.slapd import Slapd, SlapdSystem

pytestmark = pytest.mark.anyio
# Those that can be told to take no changes.
TOLD = [PARAMETERS[name] for name in ("slapd", "django-scim2")]


@contextmanager
def read_only(system: SlapdSystem | DjangoScim) -> Iterator[str]:
    """Let nobody write for a while; gives what the agent then says."""
    if isinstance(system, SlapdSystem):
        with _frozen(system.slapd):
            yield "The directory, or this copy of it, takes no such change now (unwillingToPerform)."
    else:
        with unwritable(system.database):
            yield "The server says 500."


@contextmanager
def _frozen(slapd: Slapd) -> Iterator[None]:
    config = slapd.folder / "slapd.conf"
    was = config.read_text()
    slapd.again("readonly on")
    yield
    slapd.stop()
    config.write_text(was)
    slapd.start()


@pytest.mark.parametrize("system", TOLD, indirect=True)
async def test_a_store_that_can_only_be_read_makes_orders_wait(
    system: SlapdSystem | DjangoScim, desk_of: DeskOpener, pretender: Pretender, line: Number
) -> None:
    handles = [system.add(line.e164), system.add(line.e164)]
    jtis = {
        pretender.order("ord_1", handles[0], number=line),
        pretender.order("ord_2", handles[1], close=True, number=line),
    }
    before = system.snapshot()
    async with desk_of() as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        with nothing_differs(system), read_only(system) as why, capture_logs() as lines:
            assert len((await desk.connector.find(line)).records) == 2
            assert (await deal_with(letters, desk)).done == []
        logged = {(said["event"], said["why"]) for said in lines if said["log_level"] == "error"}
        assert (logged, pretender.outcomes) == ({("agent:order:waits", why)}, [])
        assert set((await deal_with(letters, desk)).done) == jtis
    assert (pretender.told("ord_1"), pretender.told("ord_2")) == (["fulfilled"], ["fulfilled"])
    assert differing(before, system.snapshot()) == set(handles)
    assert (system.is_open(handles[0]), system.is_open(handles[1])) == (True, False)
