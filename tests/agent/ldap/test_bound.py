"""Since when a number stands in an entry is said where the directory's log proves it, and only there."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import ldap3
import pytest

from jiebang.agent.connectors.ldap.written import instant
from jiebang.domain.binding import Bound, BoundSource
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Opener, name, plain
from tests.systems.slapd import Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
ADD, DELETE, REPLACE = ldap3.MODIFY_ADD, ldap3.MODIFY_DELETE, ldap3.MODIFY_REPLACE
Write: TypeAlias = Callable[[str], Sequence[tuple[Any, list[str]]]]
"""What is done to `mobile`, given the number."""


def writes(slapd: Slapd, handle: str) -> list[datetime]:
    """List when an account was written, by the log."""
    own = f"(reqEntryUUID={handle.removeprefix('account-')})"
    stamps = [write["reqStart"][0] for write in slapd.entries(own, "reqStart", tree="cn=accesslog")]
    return [datetime.strptime(stamp, "%Y%m%d%H%M%S.%f%z") for stamp in sorted(stamps)]


async def bound(connected: Opener, line: Number, **instead: str) -> Bound:
    """Ask the connector since when the one account of a number has it."""
    async with connected(**instead) as connector:
        [record] = (await connector.find(line)).records
    return record.bound


@pytest.mark.parametrize(
    ("first", "then", "since"),
    [
        ([], [lambda own: [(ADD, [own])]], 1),
        ([OTHER], [lambda own: [(ADD, [own])]], 1),
        ([OTHER], [lambda own: [(REPLACE, [own])]], 1),
        ([OTHER], [lambda own: [(DELETE, [OTHER]), (ADD, [own])]], 1),
        (["own"], [lambda _: [(ADD, [OTHER])]], 0),
        (["own"], [lambda own: [(REPLACE, [own])]], 0),
        (["own"], [lambda own: [(REPLACE, [own, OTHER])]], 0),
        (["own"], [lambda own: [(DELETE, [own]), (ADD, [own])]], 0),
        (["own"], [lambda own: [(DELETE, []), (ADD, [own])]], 0),
        (["own", OTHER], [lambda own: [(DELETE, []), (ADD, [own])], lambda own: [(REPLACE, [own])]], 0),
        ([OTHER], [lambda own: [(DELETE, []), (ADD, [own])]], 1),
        ([], [lambda own: [(ADD, [own])], lambda own: [(DELETE, [own]), (ADD, [own])]], 1),
        (["own"], [lambda own: [(DELETE, [own]), (ADD, [own]), (DELETE, [])], lambda own: [(ADD, [own])]], 2),
        (["own"], [lambda _: [(DELETE, [])], lambda own: [(ADD, [own])]], 2),
        (["own"], [lambda _: [(REPLACE, [])], lambda own: [(REPLACE, [own])]], 2),
        (["own"], [lambda _: [(REPLACE, [OTHER])], lambda own: [(REPLACE, [OTHER, own])]], 2),
        (["own", OTHER], [lambda own: [(DELETE, [f"{own[:3]} {own[3:]}"])], lambda own: [(ADD, [own])]], 2),
    ],
)
async def test_a_number_is_bound_since_it_stands_there_without_a_break(
    slapd: Slapd, connected: Opener, line: Number, *, first: list[str], then: list[Write], since: int
) -> None:
    before = [line.e164 if value == "own" else value for value in first]
    handle = slapd.add(dn := name(), **({"mobile": before} if before else {}))
    for write in then:
        slapd.admin.modify(dn, {"mobile": write(line.e164)})
    known = await bound(connected, line)
    assert (known.source, known.at) == (BoundSource.NATIVE, writes(slapd, handle)[since])


def test_no_instant_of_a_log_is_read_as_another() -> None:
    written = (f"20261126171220.{micro:06}Z" for micro in range(1000))
    assert [at.microsecond for at in map(instant, written) if at is not None] == list(range(1000))
    assert instant("20261126171220.5+0800") == datetime(2026, 11, 26, 9, 12, 20, 500_000, tzinfo=UTC)
    assert instant("20261126171220Z") == datetime(2026, 11, 26, 17, 12, 20, tzinfo=UTC)
    assert instant("20261126171299.000001Z") is None


async def test_of_two_places_the_earlier_counts(slapd: Slapd, connected: Opener, line: Number) -> None:
    handle = slapd.add(dn := name(), mobile=line.e164)
    slapd.admin.modify(dn, {"telephoneNumber": [(ADD, [line.e164])]})
    assert (await bound(connected, line)).at == writes(slapd, handle)[0]


async def test_an_account_that_took_the_name_of_another_has_its_own_past(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    slapd.add(dn := name(), mobile=line.e164)
    slapd.admin.delete(dn)
    handle = slapd.add(was := name(), mobile=line.e164)
    slapd.admin.modify_dn(was, dn.partition(",")[0])
    assert (await bound(connected, line)).at == writes(slapd, handle)[0]


@pytest.mark.parametrize(
    "write",
    [
        None,
        lambda own: [(REPLACE, [own])],
        lambda own: [(DELETE, [own]), (ADD, [own])],
    ],
)
async def test_what_stood_there_before_the_log_began_is_as_old_as_the_account_may_be(
    own_slapd: Slapd, opened_on: Opener, line: Number, *, write: Write | None
) -> None:
    handle = own_slapd.add(dn := name(), mobile=line.e164)
    [created] = writes(own_slapd, handle)
    own_slapd.forget()
    if write is not None:
        own_slapd.admin.modify(dn, {"mobile": write(line.e164)})
    async with opened_on(plain(own_slapd)) as connector:
        [record] = (await connector.find(line)).records
    at = created.replace(microsecond=0)
    assert (record.bound.source, record.bound.at) == (BoundSource.ACCOUNT_CREATED, at)


async def test_what_was_written_once_more_after_the_log_began_is_bound_since_then(
    own_slapd: Slapd, opened_on: Opener, line: Number
) -> None:
    handle = own_slapd.add(dn := name(), mobile=[line.e164, OTHER])
    own_slapd.forget()
    for write in ((DELETE, [line.e164]), (ADD, [line.e164])):
        own_slapd.admin.modify(dn, {"mobile": [write]})
    async with opened_on(plain(own_slapd)) as connector:
        [record] = (await connector.find(line)).records
    assert (record.bound.source, record.bound.at) == (BoundSource.NATIVE, writes(own_slapd, handle)[1])


async def test_a_log_that_is_longer_than_is_gone_through_proves_nothing(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    slapd.add(dn := name(), mobile=line.e164)
    for serial in range(500):
        slapd.admin.modify(dn, {"pager": [(REPLACE, [f"{serial}"])]})
    # slapd shows five hundred entries at once, unless it is told to show more.
    assert (await bound(connected, line)).source is BoundSource.ACCOUNT_CREATED


async def test_a_platform_may_keep_the_time_in_an_attribute(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    slapd.add(name(), mobile=line.e164, description="2026-01-02")
    instead = {"accesslog": "", "bound_at": '"description"'}
    known = await bound(connected, line, **instead)
    assert known.at is not None
    assert (known.source, known.at.isoformat()) == (BoundSource.NATIVE, "2026-01-02T00:00:00+00:00")
