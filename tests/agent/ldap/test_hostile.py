"""Nothing that a hub says reaches more than the account it means, and no lie of a directory is believed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.ldap.directory import both, either, equals
from jiebang.agent.errors import Ambiguous, HalfDone, StoreDown, StoreRefuses, StoreTrouble, TooManyRecords
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import OTHER, Opener, name, nothing_differs, only
from tests.agent.ldap.liar import MODIFY_REQUEST, MODIFY_RESPONSE, SEARCH_DONE, Cutter
from tests.agent.ldap.test_closing import steps
from tests.systems.gate import Gate, Lie
from tests.systems.slapd import TREE, Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
syntax = st.sampled_from(
    ["*", "(", ")", ")(uid=*", "*)(objectClass=*", "\\2a", "\\", "\\00", "=", ">=", "~=", ":=", "&", "|", "!",
     "#", ",", "+", '"', ";", "<GUID=", ">", " ", "\0", "\n", "u", "dc=shop,dc=example", "1.1", "林"]
)  # fmt: skip
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
hostile = st.lists(syntax | anything, max_size=6).map("".join)
several = settings(max_examples=30)


@contextmanager
def before(gate: Gate) -> Iterator[str]:
    """Stand before a directory; gives where."""
    try:
        yield f"ldap://127.0.0.1:{gate.port}"
    finally:
        gate.close()


@contextmanager
def lied(slapd: Slapd, said: bytes, otherwise: bytes) -> Iterator[str]:
    """Stand before a directory, and put octets differently on either way; gives where."""
    gate = Gate(slapd.port)
    with before(gate) as url, gate.lying(Lie(re.escape(said), lambda _: otherwise)):
        yield url


@several
@given(text=hostile)
@example(text="*")
@example(text="*)(uid=*")
@example(text="ANNA")
@example(text="anna ")
@example(text=" anna")
@pytest.mark.parametrize("handle", ["entryUUID", "uid"])
async def test_a_hostile_handle_is_a_name_that_nobody_has(
    slapd: Slapd, connected: Opener, handle: str, text: str
) -> None:
    with suppress(slapd.taken):
        slapd.add(f"uid=anna,{TREE}", mobile=OTHER)
    own = slapd.handle(f"uid=anna,{TREE}").removeprefix("account-") if handle == "entryUUID" else "anna"
    flag = {"flag": '{attribute = "description", value = "look"}'}
    async with connected(handle=f'"{handle}"', accesslog="", **flag) as connector:
        with nothing_differs(slapd):
            for said in {text, f"account-{text}", f"account-{own}{text}", f"account-{text}{own}"}:
                if said.removeprefix("account-") == own:
                    continue
                for change in (connector.unbind, connector.deregister, connector.flag):
                    with suppress(StoreTrouble):
                        assert await change(said, Number(OTHER)) is Effect.GONE


@several
@given(value=hostile, other=hostile)
def test_a_value_in_a_filter_is_only_a_value(slapd: Slapd, value: str, other: str) -> None:
    slapd.admin.auto_escape = False
    question = both(equals("uid", value), either([equals("cn", other), equals("sn", "nobody")]))
    assert slapd.entries(question, "1.1") == []
    plainly = equals("uid", f"u{value}\0")
    assert slapd.entries(f"(!{plainly})", "1.1")


async def test_a_hostile_value_in_an_entry_is_only_a_value(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    hostile_dn = f"uid=\\2a\\29\\28uid=\\2a\\2c {line.e164[1:]},{TREE}"
    handle = slapd.add(hostile_dn, mobile=line.e164, telephoneNumber="5)(x=", description="*)(uid=*")
    async with connected() as connector:
        with only(slapd, handle):
            assert await connector.unbind(handle, line) is Effect.DONE
    account = slapd.account(handle) or {}
    assert (account["telephoneNumber"], account["description"]) == (["5)(x="], ["*)(uid=*"])


async def test_a_directory_that_gives_somebody_else_is_not_believed(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    own, other = slapd.add(name(), mobile=line.e164), slapd.add(name(), mobile=[OTHER, line.e164])
    lies = own[8:].encode(), other[8:].encode()
    with lied(slapd, *lies) as url:
        async with connected(url) as connector:
            with nothing_differs(slapd), pytest.raises(Ambiguous, match="gave another account"):
                await connector.holds(own, line)
            with nothing_differs(slapd), pytest.raises(Ambiguous, match="gave another account"):
                await connector.unbind(own, line)


@pytest.mark.parametrize("many", [1, 4])
async def test_a_directory_that_gives_who_has_another_number_is_found_out(
    slapd: Slapd, connected: Opener, line: Number, many: int
) -> None:
    another = Number(f"+86139{line.e164[6:]}")
    for _ in range(many):
        slapd.add(name(), mobile=another.e164)
    lies = line.e164.encode(), another.e164.encode()
    with lied(slapd, *lies) as url:
        async with connected(url, spellings='["e164"]') as connector:
            if many > 3:
                with pytest.raises(TooManyRecords):
                    await connector.find(line)
                return
            found = await connector.find(line)
    assert (found.records, found.strangers) == ((), 1)


async def test_a_directory_that_gives_nobody_changes_nothing(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=line.e164)
    with lied(slapd, b"entryUUID", b"entryDuID") as url:
        async with connected(url) as connector:
            with nothing_differs(slapd):
                assert await connector.unbind(handle, line) is Effect.GONE


@pytest.mark.parametrize(
    ("at", "done", "again"),
    [(MODIFY_REQUEST, False, Effect.DONE), (MODIFY_RESPONSE, True, Effect.GONE)],
)
async def test_a_line_that_is_cut_in_the_middle_of_a_change_makes_the_order_wait(
    slapd: Slapd, connected: Opener, line: Number, *, at: int, done: bool, again: Effect
) -> None:
    handle = slapd.add(name(), mobile=[line.e164, OTHER])
    with before(Cutter(slapd.port, at=at)) as url:
        async with connected(url) as connector:
            with only(slapd, *([handle] if done else [])), pytest.raises(StoreDown):
                await connector.unbind(handle, line)
            assert await connector.unbind(handle, line) is again
    assert steps(slapd, handle) == [[f"mobile:- {line.e164}"]]


@pytest.mark.parametrize("words", [0, 1, 2])
async def test_a_directory_that_falls_silent_under_tls_is_given_up(
    slapd: Slapd, connected: Opener, line: Number, *, words: int
) -> None:
    handle, gate = slapd.add(name(), mobile=[line.e164, OTHER]), Gate(slapd.port)
    with before(gate) as url:
        async with connected(url, tls='"starttls"', patience="2") as connector:
            assert await connector.holds(handle, line)
            with gate.silent(after=words), pytest.raises(StoreDown):
                await connector.unbind(handle, line)
            # It may have done it before it fell silent.
            assert await connector.unbind(handle, line) in {Effect.DONE, Effect.GONE}
    assert steps(slapd, handle) == [[f"mobile:- {line.e164}"]]


async def test_a_change_that_is_led_to_somebody_else_changes_nobody(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    own, other = slapd.add(dn := name(), mobile=line.e164), slapd.add(another := name(), mobile=line.e164)
    with lied(slapd, dn.encode(), another.encode()) as url:
        async with connected(url) as connector:
            for change in (connector.unbind, connector.deregister):
                # The directory itself sees that the name is another's than the handle (RFC 4528).
                with nothing_differs(slapd), pytest.raises(StoreDown, match="keeps changing"):
                    await change(own, line)
            assert await connector.holds(other, line)


async def test_a_change_that_was_made_another_one_is_not_said_to_be_none(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=[line.e164, OTHER])
    deletes, replaces = b"\x0a\x01\x01\x30", b"\x0a\x01\x02\x30"
    with lied(slapd, deletes, replaces) as url:
        async with connected(url) as connector:
            with only(slapd, handle), pytest.raises(HalfDone, match="has the number still"):
                await connector.unbind(handle, line)
    assert (slapd.account(handle) or {})["mobile"] == [line.e164]


@pytest.mark.parametrize(
    ("code", "trouble", "words"),
    [
        (3, StoreDown, "timeLimitExceeded"),
        (11, StoreRefuses, "adminLimitExceeded"),
        (13, StoreRefuses, "wants TLS"),
        (51, StoreDown, "busy"),
        (52, StoreDown, "unavailable"),
        (80, StoreRefuses, "other"),
    ],
)
async def test_what_a_directory_says_instead_of_an_answer_is_told_apart(
    slapd: Slapd, connected: Opener, line: Number, *, code: int, trouble: type[StoreTrouble], words: str
) -> None:
    handle = slapd.add(name(), mobile=line.e164)
    done = bytes([SEARCH_DONE, 7, 10, 1])
    with lied(slapd, done + b"\0", done + bytes([code])) as url:
        async with connected(url) as connector:
            for asked in (connector.find(line), connector.unbind(handle, line)):
                with nothing_differs(slapd), pytest.raises(trouble, match=words):
                    await asked


async def test_what_is_no_ldap_is_no_answer(slapd: Slapd, connected: Opener, line: Number) -> None:
    slapd.add(name(), mobile=line.e164)
    with lied(slapd, b"\x65\x07\x0a\x01\x00", b"\x65\x07\x0a\x09\x00") as url:
        async with connected(url) as connector:
            with pytest.raises(StoreTrouble) as raised:
                await connector.find(line)
    assert line.e164[3:] not in str(raised.value)
