"""The dialect of Active Directory, on Samba as a domain controller, which speaks it and is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from uuid import UUID

import ldap3
import pytest

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import HalfDone, StoreRefuses, UnknownRecord
from jiebang.domain.binding import BoundSource
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Opener
from tests.agent.ldap.liar import MODIFY_RESPONSE, Meddler
from tests.agent.ldap.test_hostile import before
from tests.systems.samba import DISABLED, PASSWORD, Samba, SambaSystem, connector

pytestmark = [pytest.mark.anyio, pytest.mark.needs("samba")]
REPLACE = ldap3.MODIFY_REPLACE
_serials = count()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SambaSystem]:
    """Run a domain controller for all tests of this file."""
    system = SambaSystem(tmp_path_factory.mktemp("samba"))
    yield system
    system.stop()


@pytest.fixture
def samba(system: SambaSystem) -> Samba:
    """Give its operator's side."""
    return system.samba


def plain(system: SambaSystem, **instead: str) -> str:
    """Write the `[connector]` part."""
    told = {"password_env": '"TEST_SAMBA_PASSWORD"', **instead}
    return connector(told.pop("url", f"ldap://127.0.0.1:{system.gate.port}"), **told)


def name() -> str:
    """Give a name that nobody has yet."""
    return f"lin{next(_serials)}"


@contextmanager
def only(system: SambaSystem, *names: str) -> Iterator[None]:
    """Compare the whole domain before and after: only these entries differ."""
    before = system.snapshot()
    yield
    after = system.snapshot()
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} == set(names)


async def test_a_number_is_bound_since_its_attribute_was_written_and_only_once(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handle = samba.add(name(), displayName="林晚秋")
    dn = (samba.account(handle) or {})["dn"]
    async with opened_on(plain(system)) as connector:
        sources = []
        for value in (line.e164, line.e164, OTHER, line.e164):
            samba.admin.modify(dn, {"mobile": [(REPLACE, [value])]})
            sources += [record.bound.source for record in (await connector.find(line)).records]
    # Written over itself it is not written; written once more, it may have stood there before.
    assert sources == [BoundSource.NATIVE, BoundSource.NATIVE, BoundSource.FIRST_SEEN]


async def test_of_several_values_nobody_knows_since_when_each_stands(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    samba.add(name(), otherMobile=[OTHER, line.e164])
    async with opened_on(plain(system)) as connector:
        [record] = (await connector.find(line)).records
    assert record.bound.source is BoundSource.ACCOUNT_CREATED
    assert record.bound.at is not None


async def test_one_of_several_values_comes_off(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    spelled, others = line.spelled("international"), [OTHER, line.e164]
    handle = samba.add(name(), telephoneNumber="010-88886666", mobile=spelled, otherMobile=others)
    async with opened_on(plain(system)) as connector:
        with only(system, handle):
            assert await connector.unbind(handle, line) is Effect.DONE
    account = samba.account(handle) or {}
    kept = [account.get(own) for own in ("mobile", "otherMobile", "telephoneNumber")]
    assert kept == [None, [OTHER.encode()], [b"010-88886666"]]


async def test_an_account_is_known_wherever_it_has_moved_and_whatever_it_is_called(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handle = samba.add(name(), mobile=line.e164)
    was = (samba.account(handle) or {})["dn"]
    samba.admin.modify_dn(was, f"CN=Lin \\2c {name()}", new_superior=f"CN=Computers{was[was.index(',DC') :]}")
    async with opened_on(plain(system)) as connector:
        assert await connector.unbind(handle, line) is Effect.DONE
        with pytest.raises(UnknownRecord):
            await connector.holds(f"account-{{{handle[8:]}}}", line)
        assert await connector.unbind(f"account-{UUID(int=5)}", line) is Effect.GONE


async def test_disabling_sets_one_bit_and_takes_the_number_off(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handle = samba.add(name(), mobile=line.e164)
    was = int((samba.account(handle) or {})["userAccountControl"][0])
    async with opened_on(plain(system)) as connector:
        assert await connector.rehearse(handle, line) == ""
        assert int((samba.account(handle) or {})["userAccountControl"][0]) == was
        with only(system, handle):
            assert await connector.deregister(handle, line) is Effect.DONE
        assert await connector.deregister(handle, line) is Effect.GONE
    account = samba.account(handle) or {}
    assert (int(account["userAccountControl"][0]), "mobile" in account) == (was | DISABLED, False)


async def test_a_flag_that_is_only_tried_is_gone_again(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handle = samba.add(name(), mobile=line.e164)
    async with opened_on(plain(system, flag='{attribute = "info", value = "look"}')) as connector:
        assert await connector.rehearse(handle, line) == ""
        assert "info" not in (samba.account(handle) or {})
        assert await connector.flag(handle, line) is Effect.DONE
    assert (samba.account(handle) or {})["info"] == [b"look"]


@pytest.mark.parametrize("had", [None, "keep-me", "closed"])
async def test_a_mark_that_is_only_tried_leaves_what_stands_there(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number, had: str | None
) -> None:
    handle = samba.add(name(), mobile=line.e164, **({"info": had} if had else {}))
    async with opened_on(plain(system, disable='{attribute = "info", value = "closed"}')) as connector:
        assert await connector.rehearse(handle, line) == ""
        assert (samba.account(handle) or {}).get("info") == ([had.encode()] if had else None)
        assert await connector.deregister(handle, line) is Effect.DONE
    assert (samba.account(handle) or {})["info"] == [b"closed"]


@pytest.mark.parametrize("accounts", ['"(objectClass=user)"', '"(&(objectClass=user)(mobile=*))"'])
async def test_an_account_that_is_not_disabled_is_not_said_to_be(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number, accounts: str
) -> None:
    handle = samba.add(name(), mobile=line.e164)
    account = samba.account(handle) or {}

    def _open() -> None:
        samba.admin.modify(account["dn"], {"userAccountControl": [(REPLACE, account["userAccountControl"])]})

    with before(Meddler(samba.socket, at=MODIFY_RESPONSE, do=_open)) as url:
        async with opened_on(plain(system, url=url, accounts=accounts)) as connector:
            with pytest.raises(HalfDone, match="is open still"):
                await connector.deregister(handle, line)


async def test_a_deleted_account_leaves_its_groups(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handle, group = samba.add(name(), mobile=line.e164), f"CN={name()},CN=Users,DC=shop,DC=example"
    dn = (samba.account(handle) or {})["dn"]
    samba.admin.add(group, ["group"], {"member": dn, "sAMAccountName": name()})
    async with opened_on(plain(system, deregister='"delete"')) as connector:
        with only(system, handle, group):
            assert await connector.deregister(handle, line) is Effect.DONE
    assert (samba.account(handle), samba.entries("(member=*)", "member", tree=group)) == (None, [])


async def test_an_agent_without_the_right_is_told_so(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handle, anybody = samba.add(name(), mobile=line.e164), name()
    samba.add(anybody, password=PASSWORD)
    async with opened_on(plain(system, bind_dn=f'"{anybody}@shop.example"')) as connector:
        assert await connector.holds(handle, line)
        for change in (connector.rehearse, connector.unbind, connector.deregister):
            with only(system), pytest.raises(StoreRefuses, match="insufficientAccessRights"):
                await change(handle, line)


async def test_the_domain_is_proven_and_tells_when_somebody_last_came_in(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    [agent] = samba.entries("(sAMAccountName=agent)")
    samba.admin.modify(agent["dn"], {"mobile": [(REPLACE, [line.e164])]})
    async with opened_on(plain(system, url=samba.url)) as connector:
        await connector.check()
        found = await connector.find(line)
    # The directory names other parts of the forest, none of which has accounts.
    assert found.complete
    assert found.records[0].last_used is not None


async def test_what_was_changed_since_is_told_by_the_controllers_own_count(
    system: SambaSystem, samba: Samba, opened_on: Opener, line: Number
) -> None:
    handles = [samba.add(name(), mobile=OTHER) for _ in range(2)]
    async with opened_on(plain(system)) as connector:
        [page] = [page async for page in connector.pages(None)]
        assert {one.handle for one in page.accounts} > set(handles)
        dn = (samba.account(handles[1]) or {})["dn"]
        samba.admin.modify(dn, {"mobile": [(REPLACE, [line.e164])]})
        [since] = [later async for later in connector.pages(page.mark)]
        assert [one.numbers for one in since.accounts if one.handle == handles[1]] == [(line.e164,)]
        assert len(since.accounts) < len(page.accounts)
        # Another controller counts for itself: there, everything is listed again.
        [again] = [later async for later in connector.pages(page.mark + "x")]
        assert len(again.accounts) == len(page.accounts)
        # So it is where a controller that was restored has not counted so far.
        [again] = [later async for later in connector.pages(page.mark.replace("since ", "since 9999"))]
        assert len(again.accounts) == len(page.accounts)
