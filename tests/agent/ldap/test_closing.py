"""A number comes off an entry value by value; an account is closed whole, or not at all."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import Ambiguous, Declined, StoreRefuses, Unsupported
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Opener, name, nothing_differs, only, plain
from tests.agent.pretender import NUMBER, Pretender
from tests.systems.slapd import TREE, Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
LOCKED = '{attribute = "pwdAccountLockedTime", value = "000001010000Z"}'


def steps(slapd: Slapd, handle: str) -> list[list[str]]:
    """List what was done to an account's own attributes since it was added, write by write."""
    own = f"(&(objectClass=auditModify)(reqEntryUUID={handle.removeprefix('account-')}))"
    return [
        [step for step in write["reqMod"] if not step.startswith(("entryCSN", "modif"))]
        for write in slapd.entries(own, "reqMod", tree="cn=accesslog")
    ]


def group(slapd: Slapd, *members: str) -> str:
    """Make a group; gives its name."""
    dn = f"cn={name().partition(',')[0][4:]},{TREE}"
    slapd.admin.add(dn, ["groupOfNames"], {"member": [*members]})
    return dn


async def test_exactly_the_stored_values_come_off_and_all_else_stays(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    spaced, bare = line.spelled("international"), line.spelled("national_digits")
    more = {"mobile": [spaced, bare, OTHER], "telephoneNumber": ["010-88886666", line.e164]}
    handle = slapd.add(name(), **more)
    async with connected() as connector:
        with only(slapd, handle):
            assert await connector.unbind(handle, line) is Effect.DONE
        assert await connector.unbind(handle, line) is Effect.GONE
    account = slapd.account(handle) or {}
    assert (account["mobile"], account["telephoneNumber"]) == ([OTHER], ["010-88886666"])
    took = [f"mobile:- {spaced}", f"mobile:- {bare}", f"telephoneNumber:- {line.e164}"]
    assert steps(slapd, handle) == [took]


async def test_an_attribute_with_one_value_is_left_without(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=OTHER, preferredLanguage=line.e164)
    async with connected(numbers='["preferredLanguage"]') as connector:
        assert await connector.unbind(handle, line) is Effect.DONE
    assert "preferredLanguage" not in (slapd.account(handle) or {})


async def test_four_writers_on_one_account_end_in_one_effect(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=[line.e164, OTHER])
    async with connected() as one, connected() as other:
        writers = (one, other, one, other)
        effects = await asyncio.gather(*(connector.unbind(handle, line) for connector in writers))
    assert sorted(effects) == [Effect.DONE, Effect.GONE, Effect.GONE, Effect.GONE]
    assert steps(slapd, handle) == [[f"mobile:- {line.e164}"]]


@pytest.mark.parametrize("change", ["unbind", "deregister"])
@pytest.mark.parametrize(
    ("own_class", "dn"), [("reachable", "uid={}"), ("inetOrgPerson", "telephoneNumber={}")]
)
async def test_a_number_that_an_account_must_have_is_not_taken_off(
    slapd: Slapd, connected: Opener, line: Number, *, change: str, own_class: str, dn: str
) -> None:
    own = f"{dn.format(line.e164[1:])},{TREE}"
    handle = slapd.add(own, classes=[own_class], telephoneNumber=line.e164[1:])
    disable = {"deregister": '"disable"', "disable": LOCKED}
    async with connected(spellings='["digits"]', **disable) as connector:
        with nothing_differs(slapd), pytest.raises(Declined) as declined:
            await getattr(connector, change)(handle, line)
    said = "objectClassViolation" if own_class == "reachable" else "namingViolation"
    assert said in str(declined.value)
    assert line.e164[3:] not in str(declined.value)


async def test_deregistering_takes_the_account_out_of_its_groups_and_deletes_it(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    dn, keeper = name(), name()
    handle, other = slapd.add(dn, mobile=line.e164), slapd.add(keeper, mobile=line.e164)
    staff, club = group(slapd, dn, keeper), group(slapd, keeper)
    unix = f"cn=unix{dn[4:]}"
    slapd.admin.add(unix, ["posixGroup"], {"gidNumber": "1", "memberUid": [dn[4:].partition(",")[0], "root"]})
    async with connected() as connector:
        with only(slapd, handle, staff, unix):
            assert await connector.deregister(handle, line) is Effect.DONE
        assert await connector.deregister(handle, line) is Effect.GONE
        assert await connector.holds(other, line)
    assert slapd.entries("(member=*)", "member", tree=staff)[0]["member"] == [keeper]
    assert slapd.entries("(memberUid=*)", "memberUid", tree=unix)[0]["memberUid"] == ["root"]
    assert slapd.entries("(member=*)", "member", tree=club)[0]["member"] == [keeper]


@pytest.mark.parametrize("why", ["a group without members", "an entry below"])
async def test_an_account_that_cannot_be_deleted_is_put_back_into_its_groups(
    slapd: Slapd, connected: Opener, line: Number, why: str
) -> None:
    dn = name()
    handle = slapd.add(dn, mobile=line.e164)
    staff = group(slapd, dn, f"uid=keeper,{TREE}")
    if why == "an entry below":
        slapd.admin.add(f"cn=device,{dn}", ["device"])
    else:
        group(slapd, dn)
    async with connected() as connector:
        before = slapd.account(handle)
        with pytest.raises(Declined):
            await connector.deregister(handle, line)
    assert slapd.account(handle) == before
    assert set(slapd.entries("(member=*)", "member", tree=staff)[0]["member"]) == {dn, f"uid=keeper,{TREE}"}


async def test_deregistering_disables_where_the_platform_wants_that(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=[line.e164, OTHER], userPassword="secret")
    async with connected(deregister='"disable"', disable=LOCKED) as connector:
        with only(slapd, handle):
            assert await connector.deregister(handle, line) is Effect.DONE
    account = slapd.account(handle) or {}
    assert (account["mobile"], account["pwdAccountLockedTime"]) == ([OTHER], ["000001010000Z"])
    # Both in one write: nobody can be left closed and bound, or open and unbound.
    assert steps(slapd, handle) == [[f"mobile:- {line.e164}", "pwdAccountLockedTime:= 000001010000Z"]]


async def test_an_account_with_another_number_is_not_deleted(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=OTHER)
    async with connected() as connector:
        with nothing_differs(slapd):
            assert await connector.deregister(handle, line) is Effect.GONE


async def test_what_is_not_offered_is_not_done(slapd: Slapd, connected: Opener, line: Number) -> None:
    handle = slapd.add(name(), mobile=line.e164)
    async with connected(can='["unbind"]') as connector:
        with nothing_differs(slapd), pytest.raises(Unsupported):
            await connector.deregister(handle, line)
        with nothing_differs(slapd), pytest.raises(Unsupported):
            await connector.flag(handle, line)


async def test_a_record_is_flagged_once(slapd: Slapd, connected: Opener, line: Number) -> None:
    handle = slapd.add(name(), mobile=line.e164, description="of old")
    async with connected(flag='{attribute = "description", value = "look"}') as connector:
        with only(slapd, handle):
            assert await connector.flag(handle, line) is Effect.DONE
        with nothing_differs(slapd):
            assert await connector.flag(handle, line) is Effect.DONE
            assert await connector.flag(handle, Number(OTHER)) is Effect.GONE
    assert (slapd.account(handle) or {})["description"] == ["of old", "look"]


@pytest.mark.parametrize(
    ("instead", "untried", "seen"),
    [
        ({"can": '["unbind"]'}, "", []),
        ({}, "The number was taken off and put back, in one piece; to delete the entry was not tried.", []),
        (
            {"deregister": '"disable"', "disable": LOCKED},
            "",
            ["pwdAccountLockedTime:+ 000001010000Z", "pwdAccountLockedTime:- 000001010000Z"],
        ),
    ],
)
async def test_a_rehearsal_takes_the_number_off_and_puts_it_back_in_one_piece(
    slapd: Slapd,
    connected: Opener,
    line: Number,
    *,
    instead: dict[str, str],
    untried: str,
    seen: Sequence[str],
) -> None:
    handle = slapd.add(name(), mobile=[line.e164, OTHER])
    async with connected(**instead) as connector:
        assert await connector.rehearse(handle, line) == untried
    account = slapd.account(handle) or {}
    assert (set(account["mobile"]), "pwdAccountLockedTime" in account) == ({line.e164, OTHER}, False)
    [write] = steps(slapd, handle)
    assert write[:2] == [f"mobile:- {line.e164}", f"mobile:+ {line.e164}"]
    assert write[2:] == list(seen)


READ_ONLY = 'access to attrs=mobile by dn.exact="cn=agent,dc=shop,dc=example" read'


@pytest.mark.parametrize("own_slapd", [READ_ONLY], ids=["rights"], indirect=True)
async def test_an_agent_without_the_right_is_told_so_when_it_rehearses(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    async with opened_on(plain(own_slapd)) as connector:
        for change in (connector.rehearse, connector.unbind):
            with (
                nothing_differs(own_slapd),
                pytest.raises(StoreRefuses, match=r"no right.*\(insuff"),
            ):
                await change(handle, line)


async def test_a_directory_that_takes_no_changes_says_so(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    own_slapd.again("readonly on")
    async with opened_on(plain(own_slapd)) as connector:
        for change in (connector.unbind, connector.deregister):
            with nothing_differs(own_slapd), pytest.raises(StoreRefuses, match="takes no such change now"):
                await change(handle, line)


async def test_a_copy_that_names_another_server_is_not_followed_there(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    own_slapd.again(
        "syncrepl rid=1 provider=ldap://127.0.0.1:9 type=refreshOnly interval=30:00:00:00 bindmethod=simple"
        f' retry="1000 1" searchbase="{TREE}"\nupdateref ldap://127.0.0.1:9'
    )
    async with opened_on(plain(own_slapd)) as connector:
        with nothing_differs(own_slapd), pytest.raises(StoreRefuses, match=r"names another \(referral\)"):
            await connector.unbind(handle, line)


async def test_two_accounts_of_one_handle_are_nobodys(slapd: Slapd, connected: Opener, line: Number) -> None:
    for _ in range(2):
        slapd.add(name(), mobile=line.e164, employeeType=line.e164)
    async with connected(handle='"employeeType"', accesslog="") as connector:
        with nothing_differs(slapd), pytest.raises(Ambiguous, match="several accounts"):
            await connector.unbind(f"account-{line.e164}", line)
        with pytest.raises(Ambiguous, match="twice"):
            await connector.find(line)


async def test_an_order_that_the_directorys_rules_forbid_is_denied_in_words(
    slapd: Slapd, connected: Opener, hub: Hub, pretender: Pretender, tmp_path: Path
) -> None:
    handle = slapd.add(name(), classes=["reachable"], telephoneNumber=NUMBER.e164)
    jti = pretender.order("ord_1", handle)
    ledger = Ledger(tmp_path / "ledger.db")
    async with connected() as connector:
        desk = Desk(hub=hub, connector=connector, ledger=ledger, now=pretender.clock)
        with nothing_differs(slapd):
            dealt = await deal_with((await Mailbox(hub).poll()).letters, desk)
    ledger.close()
    [said] = pretender.outcomes
    assert (said["outcome"], said["reason"], dealt.done) == ("denied", "other", [jti])
    assert (
        said["words"] == "The account store's own rules do not allow it for this record; nothing was changed."
    )
