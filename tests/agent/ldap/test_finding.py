"""A directory is asked for a number in every attribute and spelling, and what it says is told apart."""

from collections.abc import Callable

import pytest

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import (
    ConfigInvalid,
    StoreDown,
    StoreRefuses,
    TooManyRecords,
    UnknownRecord,
    Unsound,
)
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Configured, Opener, name, nothing_differs, plain
from tests.systems.slapd import TREE, Slapd, connector

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]


@pytest.mark.parametrize("attribute", ["mobile", "telephoneNumber", "mobile;lang-zh"])
@pytest.mark.parametrize(
    "written",
    [
        lambda line: line.e164,
        lambda line: line.spelled("international"),
        lambda line: line.spelled("national_digits"),
        lambda line: f"{line.e164[3:6]}-{line.e164[6:10]}-{line.e164[10:]}",
    ],
)
async def test_an_account_is_found_in_any_attribute_and_spelling(
    slapd: Slapd, connected: Opener, line: Number, *, attribute: str, written: Callable[[Number], str]
) -> None:
    handle = slapd.add(name(), **{attribute: written(line)})
    async with connected() as connector:
        found = await connector.find(line)
        assert ([record.handle for record in found.records], found.strangers) == ([handle], 0)
        assert found.complete
        assert await connector.unbind(handle, line) is Effect.DONE
        assert (await connector.find(line)).records == ()


async def test_an_account_says_what_its_entry_says(slapd: Slapd, connected: Opener, line: Number) -> None:
    slapd.add(name(), mobile=line.e164, displayName="林晚秋", mail=["a@shop.example", line.e164])
    slapd.add(f"cn=x{line.e164[1:]},{TREE}", mobile=line.e164, employeeNumber="20260102030405Z")
    async with connected(label='["displayName", "cn"]', last_used='"employeeNumber"') as connector:
        named, nameless = sorted(
            (await connector.find(line)).records, key=lambda one: one.label, reverse=True
        )
    assert (named.label, named.other_logins, named.last_used) == ("林***", 2, None)
    assert (nameless.label, nameless.other_logins) == ("wa***", 0)
    assert nameless.last_used is not None
    assert nameless.last_used.isoformat() == "2026-01-02T03:04:05+00:00"


async def test_only_accounts_are_found(slapd: Slapd, connected: Opener, line: Number) -> None:
    slapd.admin.add(f"cn=role{line.e164[1:]},{TREE}", ["organizationalRole"], {"telephoneNumber": line.e164})
    async with connected() as connector:
        assert (await connector.find(line)).records == ()


async def test_more_accounts_than_one_number_has_are_too_many(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    for _ in range(4):
        slapd.add(name(), mobile=line.e164)
    async with connected() as connector:
        with pytest.raises(TooManyRecords):
            await connector.find(line)


async def test_a_part_of_the_tree_that_is_elsewhere_makes_an_answer_incomplete(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    elsewhere = {"ou": "far", "ref": f"ldap://127.0.0.1:9/ou=far,{TREE}"}
    own_slapd.admin.add(f"ou=far,{TREE}", ["referral", "extensibleObject"], elsewhere)
    async with opened_on(plain(own_slapd)) as connector:
        found = await connector.find(line)
    assert ([record.handle for record in found.records], found.complete) == ([handle], False)


async def test_a_handle_leads_to_its_account_wherever_it_has_moved(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle, dn = slapd.add(was := name(), mobile=line.e164), name()
    slapd.admin.modify_dn(was, dn.partition(",")[0])
    taken = slapd.add(was, mobile=line.e164)
    async with connected() as connector:
        assert await connector.unbind(handle, line) is Effect.DONE
    assert ("mobile" in (slapd.account(handle) or {}), "mobile" in (slapd.account(taken) or {})) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    "handle", ["", "account-", "account-x", "label-70975a54-7da3-1041-9923-3fbcee9490b1"]
)
async def test_a_handle_that_is_none_of_ours_is_unknown(connected: Opener, line: Number, handle: str) -> None:
    async with connected() as connector:
        with pytest.raises(UnknownRecord):
            await connector.holds(handle, line)


@pytest.mark.parametrize(
    ("own_slapd", "words"),
    [
        (f'limits dn.exact="cn=agent,{TREE}" size=1', "fewer entries at once than most_records"),
        (f'limits dn.exact="cn=agent,{TREE}" size.unchecked=1', r"does not search so much.*\(adminLimit"),
    ],
    ids=["fewer", "unchecked"], indirect=["own_slapd"],
)  # fmt: skip
async def test_a_limit_of_the_directory_is_said(own_slapd: Slapd, opened_on: Opener, words: str) -> None:
    for _ in range(3):
        own_slapd.add(name(), mobile=OTHER)
    async with opened_on(plain(own_slapd)) as connector:
        with pytest.raises(StoreRefuses, match=words):
            await connector.find(Number(OTHER))


async def test_a_directory_is_proven_without_any_account(connected: Opener) -> None:
    async with connected() as connector:
        await connector.check()


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"numbers": '["mobil"]'}, "no attribute mobil,"),
        ({"logins": '["uidd"]'}, "no attribute uidd,"),
        ({"disable": '{attribute = "loked", value = "x"}'}, "no attribute loked,"),
        ({"base": '"dc=nobody,dc=example"'}, r"nothing at connector\.base"),
        ({"base": f'"ou=nobody,{TREE}"'}, r"nothing at connector\.base"),
        ({"accesslog": '"cn=log"'}, r"nothing at connector\.accesslog"),
        ({"group_base": f'"ou=groups,{TREE}"'}, r"nothing at connector\.group_base"),
    ],
)
async def test_what_is_misspelt_is_found(connected: Opener, instead: dict[str, str], words: str) -> None:
    async with connected(**instead) as connector:
        with pytest.raises(Unsound, match=words):
            await connector.check()


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"url": "http://127.0.0.1"}, "connector.url must be ldaps://"),
        ({"url": "ldaps://agent@127.0.0.1"}, "connector.url must be ldaps://"),
        ({"base": '"shop"'}, "connector.base must be a distinguished name"),
        ({"accounts": '"(objectClass=person"'}, "connector.accounts must be an LDAP filter"),
        ({"numbers": '["mobile)(uid=*"]'}, r"connector.numbers\[0\] must be the name of an attribute"),
        ({"deregister": '"disable"'}, "needs connector.disable"),
        ({"bound_at": '"description"'}, "bound_at and accesslog exclude one another"),
        ({"handle": '"uid"'}, "accesslog names accounts by entryUUID"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(
    slapd: Slapd, configured: Configured, instead: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        configured(plain(slapd, instead.pop("url", ""), **instead))


@pytest.mark.parametrize("instead", [{"password_env": ""}, {"ca_file": '"nowhere.pem"'}])
async def test_what_no_connection_can_be_made_with_is_refused(
    connected: Opener, instead: dict[str, str]
) -> None:
    with pytest.raises(ConfigInvalid):
        async with connected(**instead):
            pass


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"url": "ldap://127.0.0.1:9"}, "cannot be reached"),
        ({"bind_dn": f'"uid=nobody,{TREE}"'}, "does not take the agent's bind_dn and password"),
        ({"password_env": '"HOME"'}, "does not take the agent's bind_dn and password"),
    ],
)
async def test_a_directory_that_is_not_there_or_takes_no_password_is_down(
    connected: Opener, line: Number, instead: dict[str, str], words: str
) -> None:
    async with connected(instead.pop("url", ""), **instead) as connector:
        with pytest.raises(StoreDown, match=words):
            await connector.find(line)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library's own socket
@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
async def test_nothing_is_said_to_a_directory_that_proves_not_who_it_is(
    slapd: Slapd, opened_on: Opener, line: Number, tls: str
) -> None:
    port = f"ldap://{{}}:{slapd.port}" if tls == "starttls" else f"ldaps://{{}}:{slapd.tls_port}"
    handle = slapd.add(name(), mobile=line.e164)
    for url, more in (
        (port.format("127.0.0.1"), {"ca_file": ""}),
        (port.format("localhost"), {}),
    ):
        async with opened_on(connector(slapd, url, **more)) as stranger:
            with pytest.raises(StoreDown, match="certificate is not trusted"):
                await stranger.find(line)
    async with opened_on(connector(slapd, port.format("127.0.0.1"))) as known:
        for _ in range(3):
            assert [record.handle for record in (await known.find(line)).records] == [handle]


@pytest.mark.parametrize(
    "own_slapd",
    [f'limits dn.exact="cn=agent,{TREE}" size.prtotal=unlimited'],
    ids=["unlimited"],
    indirect=True,
)
async def test_every_account_is_listed_and_afterwards_what_was_changed(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handles = {own_slapd.add(name(), mobile=OTHER) for _ in range(501)}
    async with opened_on(plain(own_slapd)) as connector:
        pages = [page async for page in connector.pages(None)]
        assert [len(page.accounts) for page in pages] == [500, 1]
        assert {one.handle for page in pages for one in page.accounts} == handles
        assert {one.numbers for page in pages for one in page.accounts} == {(OTHER,)}
        # A list that is broken off begins again: its place was good on its own connection only.
        assert [len(page.accounts) async for page in connector.pages(pages[0].mark)] == [500, 1]
        record = await connector.read(min(handles), Number(OTHER))
        assert record is not None
        assert (record.handle, await connector.read(min(handles), line)) == (min(handles), None)


async def test_what_was_not_changed_since_is_not_listed_again(own_slapd: Slapd, opened_on: Opener) -> None:
    own_slapd.add(name(), mobile=OTHER)
    async with opened_on(plain(own_slapd)) as connector:
        # The clock of the tests is behind: all that there is was changed since.
        [page] = [page async for page in connector.pages(None)]
        assert page.mark == "since 20260304040607Z "
        assert [len(page.accounts) async for page in connector.pages(page.mark)] == [1]
        assert [len(page.accounts) async for page in connector.pages("since 20990101000000Z ")] == [0]


async def test_a_directory_that_shows_no_handle_is_not_answered_for(
    own_slapd: Slapd, opened_on: Opener
) -> None:
    own_slapd.add(name(), mobile=OTHER)
    async with opened_on(plain(own_slapd, handle='"description"', accesslog="")) as connector:
        with nothing_differs(own_slapd), pytest.raises(StoreRefuses, match="shows no description"):
            await connector.find(Number(OTHER))


async def test_a_goodbye_of_the_directory_is_no_trouble(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    async with opened_on(plain(own_slapd)) as connector:
        assert await connector.holds(handle, line)
        own_slapd.again("")
        assert await connector.holds(handle, line)
    assert own_slapd.admin.extend.standard.who_am_i() == f"dn:cn=admin,{TREE}"
