"""A directory that does not show the agent what it has to see is found out before anything is answered."""

import pytest

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import Unsound
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Opener, name, nothing_differs, plain
from tests.systems.slapd import Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
AGENT = 'dn.exact="cn=agent,dc=shop,dc=example"'
RIGHTS = {"unread": "=ws", "written": "=w", "unsearched": "=r", "unseen": "none"}
UNREAD, *OTHERS = (f"access to attrs=telephoneNumber by {AGENT} {right}" for right in RIGHTS.values())
PROTECTED = "cn=chief,dc=shop,dc=example"
UNSHOWN = f'access to dn.exact="{PROTECTED}" attrs=mobile,telephoneNumber by {AGENT} none'
UNMARKED = f"access to attrs=employeeType by {AGENT} =ws"
UNLISTED = f"limits {AGENT} size.unchecked=1\n{UNREAD}"
HIDDEN = r"search by telephoneNumber and read it"


@pytest.mark.parametrize("own_slapd", [UNREAD, *OTHERS], ids=RIGHTS, indirect=True)
async def test_numbers_that_no_account_shows_are_missed_though_the_canary_has_none_there(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    own_slapd.add(name(), mobile=line.e164)
    own_slapd.add(name(), telephoneNumber=OTHER)
    async with opened_on(plain(own_slapd)) as connector:
        with nothing_differs(own_slapd), pytest.raises(Unsound, match=HIDDEN):
            await connector.check()
    async with opened_on(plain(own_slapd, numbers='["mobile"]')) as connector:
        await connector.check()


@pytest.mark.parametrize("own_slapd", [UNSHOWN], ids=["protected"], indirect=True)
async def test_one_account_that_is_protected_is_no_reason_not_to_start(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    protected = own_slapd.add(PROTECTED)
    async with opened_on(plain(own_slapd)) as connector:
        # As long as there is nobody else, nothing proves that anybody is shown.
        with pytest.raises(Unsound, match="search by mobile and read it"):
            await connector.check()
        handle = own_slapd.add(name(), mobile=line.e164)
        await connector.check()
        assert [one.handle for one in (await connector.find(line)).records] == [handle] != [protected]


@pytest.mark.parametrize("own_slapd", [UNLISTED], ids=["unlisted"], indirect=True)
async def test_a_directory_that_lists_nobody_is_proven_on_the_canary(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handles = [own_slapd.add(name(), mobile=line.e164, telephoneNumber=line.e164) for _ in range(2)]
    async with opened_on(plain(own_slapd)) as connector:
        await connector.check()
        with nothing_differs(own_slapd), pytest.raises(Unsound, match=HIDDEN):
            await connector.rehearse(handles[0], line)


async def test_accounts_without_a_number_or_with_one_of_several_show_all_that_they_have(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    numbers: list[dict[str, str]] = [{}, {"mobile": line.e164}, {"telephoneNumber": line.e164}]
    handles = [slapd.add(name(), **more) for more in numbers]
    async with connected() as connector:
        await connector.check()
        for handle in handles[1:]:
            await connector.rehearse(handle, line)


@pytest.mark.parametrize("own_slapd", [UNMARKED], ids=["unread"], indirect=True)
async def test_a_mark_that_the_agent_may_search_by_and_not_read_is_seen_all_the_same(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    closed = {"deregister": '"disable"', "disable": '{attribute = "employeeType", value = "closed"}'}
    async with opened_on(plain(own_slapd, **closed)) as connector:
        assert await connector.rehearse(handle, line) == ""
        assert await connector.deregister(handle, line) is Effect.DONE
    assert (own_slapd.account(handle) or {})["employeeType"] == ["closed"]
