"""A rehearsal of a closing proves that the mark can be set and seen, and leaves what stands there."""

import ldap3
import pytest

from jiebang.agent.errors import HalfDone, StoreRefuses, Unsound
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import Opener, name, nothing_differs, plain
from tests.agent.ldap.liar import MODIFY_RESPONSE, Meddler
from tests.agent.ldap.test_closing import steps
from tests.agent.ldap.test_hostile import before
from tests.systems.slapd import Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
UNSEEN = 'access to attrs=employeeType by dn.exact="cn=agent,dc=shop,dc=example" =w'

UNMARKED = 'access to attrs=description by dn.exact="cn=agent,dc=shop,dc=example" read'
FLAGGING = {"flag": '{attribute = "description", value = "look"}'}


def disabling(attribute: str) -> dict[str, str]:
    """Say which attribute marks a closed account."""
    return {"deregister": '"disable"', "disable": f'{{attribute = "{attribute}", value = "closed"}}'}


@pytest.mark.parametrize("own_slapd", [UNSEEN], ids=["rights"], indirect=True)
@pytest.mark.parametrize("has", [{}, {"employeeType": "keep-me"}, {"employeeType": "closed"}])
async def test_a_mark_that_the_agent_may_write_and_not_read_is_found_before_it_is_written(
    own_slapd: Slapd, opened_on: Opener, line: Number, has: dict[str, str]
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164, **has)
    async with opened_on(plain(own_slapd, **disabling("employeeType"))) as connector:
        with nothing_differs(own_slapd), pytest.raises(Unsound, match=r"does not let .* read employeeType"):
            await connector.rehearse(handle, line)
    assert steps(own_slapd, handle) == []


@pytest.mark.parametrize("attribute", ["employeeType", "preferredLanguage"])
@pytest.mark.parametrize("had", [None, "keep-me", "closed"])
async def test_what_stands_in_the_place_of_the_mark_is_there_afterwards(
    slapd: Slapd, connected: Opener, line: Number, *, attribute: str, had: str | None
) -> None:
    handle = slapd.add(name(), mobile=line.e164, **({attribute: had} if had else {}))
    async with connected(**disabling(attribute)) as connector:
        assert await connector.rehearse(handle, line) == ""
    assert (slapd.account(handle) or {}).get(attribute) == ([had] if had else None)
    marking = [f"{attribute}:+ closed", f"{attribute}:- closed"]
    around = ([f"{attribute}:- {had}"], [f"{attribute}:+ {had}"]) if had else ([], [])
    assert steps(slapd, handle)[0][2:] == [*around[0], *marking, *around[1]]


async def test_a_flag_is_put_on_and_taken_off_in_the_same_piece(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=line.e164, description="of old")
    async with connected(**FLAGGING) as connector:
        assert "to delete the entry was not tried" in await connector.rehearse(handle, line)
    assert (slapd.account(handle) or {})["description"] == ["of old"]
    [write] = steps(slapd, handle)
    assert sorted(write) == sorted(
        [f"mobile:- {line.e164}", f"mobile:+ {line.e164}", "description:+ look", "description:- look"]
    )


@pytest.mark.parametrize("own_slapd", [UNMARKED], ids=["rights"], indirect=True)
async def test_a_flag_that_the_agent_may_not_put_on_is_found_out(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(name(), mobile=line.e164)
    async with opened_on(plain(own_slapd, **FLAGGING)) as connector:
        with nothing_differs(own_slapd), pytest.raises(StoreRefuses, match="no right"):
            await connector.rehearse(handle, line)


async def test_an_account_that_a_rehearsal_left_closed_is_no_proof(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(dn := name(), mobile=line.e164)

    def _close() -> None:
        slapd.admin.modify(dn, {"employeeType": [(ldap3.MODIFY_ADD, ["closed"])]})

    with before(Meddler(slapd.port, at=MODIFY_RESPONSE, do=_close)) as url:
        async with connected(url, **disabling("employeeType")) as connector:
            with pytest.raises(HalfDone, match="not open or closed as it was"):
                await connector.rehearse(handle, line)
