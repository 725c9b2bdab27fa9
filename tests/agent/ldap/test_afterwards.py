"""What a directory really did is looked at afterwards: less is told to the hub, more is told to people."""

import ldap3
import pytest
from structlog.testing import capture_logs

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import HalfDone
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Opener, name
from tests.agent.ldap.liar import DELETE_RESPONSE, MODIFY_RESPONSE, Meddler
from tests.agent.ldap.test_hostile import before
from tests.systems.slapd import Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
LOCKED = '{attribute = "employeeType", value = "closed"}'


@pytest.mark.parametrize(
    ("goes", "why"),
    [
        ("other", "An account lost other numbers along with the one."),
        ("account", "An account went away along with its number."),
    ],
)
async def test_what_goes_along_with_a_number_is_an_alarm(
    slapd: Slapd, connected: Opener, line: Number, *, goes: str, why: str
) -> None:
    handle = slapd.add(dn := name(), mobile=line.e164, telephoneNumber=OTHER)

    def _more() -> None:
        if goes == "account":
            slapd.admin.delete(dn)
        else:
            slapd.admin.modify(dn, {"telephoneNumber": [(ldap3.MODIFY_DELETE, [])]})

    with before(Meddler(slapd.port, at=MODIFY_RESPONSE, do=_more)) as url:
        async with connected(url) as connector:
            with capture_logs() as lines:
                assert await connector.unbind(handle, line) is Effect.DONE
    assert [one["why"] for one in lines if one["event"] == "agent:store:alarm"] == [why]


async def test_what_stays_is_no_alarm(slapd: Slapd, connected: Opener, line: Number) -> None:
    handle = slapd.add(name(), mobile=[line.e164, OTHER], telephoneNumber=OTHER)
    async with connected() as connector:
        with capture_logs() as lines:
            assert await connector.unbind(handle, line) is Effect.DONE
            assert await connector.deregister(handle, Number(OTHER)) is Effect.DONE
    assert [one for one in lines if one["event"] == "agent:store:alarm"] == []


NUMBERED = '"(&(objectClass=inetOrgPerson)(mobile=*)(!(employeeType=closed)))"'


async def test_an_account_that_only_its_number_made_one_did_not_go_away(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=line.e164)
    async with connected(accounts=NUMBERED) as connector:
        with capture_logs() as lines:
            assert await connector.unbind(handle, line) is Effect.DONE
    assert [one for one in lines if one["event"] == "agent:store:alarm"] == []


async def test_an_account_that_is_there_still_is_not_said_to_be_closed(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(dn := name(), mobile=line.e164).removeprefix("account-")
    own = dn.partition(",")[0].removeprefix("uid=")

    def _again() -> None:
        slapd.add(dn, mobile=OTHER)

    with before(Meddler(slapd.port, at=DELETE_RESPONSE, do=_again)) as url:
        async with connected(url, handle='"uid"', accesslog="") as connector:
            with pytest.raises(HalfDone, match="is open still"):
                await connector.deregister(f"account-{own}", line)
    assert slapd.handle(dn) != handle


@pytest.mark.parametrize("accounts", ['"(objectClass=inetOrgPerson)"', NUMBERED])
async def test_an_account_that_is_not_disabled_is_not_said_to_be(
    slapd: Slapd, connected: Opener, line: Number, accounts: str
) -> None:
    handle = slapd.add(dn := name(), mobile=line.e164)

    def _open() -> None:
        slapd.admin.modify(dn, {"employeeType": [(ldap3.MODIFY_DELETE, [])]})

    with before(Meddler(slapd.port, at=MODIFY_RESPONSE, do=_open)) as url:
        async with connected(url, deregister='"disable"', disable=LOCKED, accounts=accounts) as connector:
            with pytest.raises(HalfDone, match="is open still"):
                await connector.deregister(handle, line)
