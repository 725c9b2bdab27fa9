"""Whatever a hub that means harm sends, it changes nothing but what it could order; the agent lives on."""

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from jiebang.agent.desk import Desk
from jiebang.agent.dispatch import deal_with
from jiebang.agent.mailbox import SIGNALS, WANTED, Mailbox
from jiebang.agent.saying import careful
from jiebang.domain.errors import NotANumber
from jiebang.domain.letter import Event
from jiebang.domain.number import parse
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import NUMBER, PLATFORM, Pretender
from tests.agent.shop import Shop
from tests.house.leaks import Secret, leaks, of_number

pytestmark = pytest.mark.anyio
OTHER = "+8613900139000"
HANDLES = (
    "account-1", "account-2", "account-3", "subscription-1", "account-2' or '1'='1", "account-2; drop table",
    "account-", "-", "account-:stored", "account-%s", "account-\x00", "account-\ud800", "account-3\n",
    "\u202e",
)  # fmt: skip
NUMBERS = (NUMBER.e164, OTHER, "13800138000", "+8613700137000", "+86 138 0013 8000", "tel:+8613800138000", "")
INSTANTS = (
    "2026-03-04T05:06:07+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-04",
    "now",
)  # fmt: skip
ROWS = {1: "+8613700137000", 2: OTHER, 3: NUMBER.e164}
ORDERS = {Event.UNBIND_ORDERED.value, Event.DEREGISTER_ORDERED.value, Event.ORDER_OVERDUE.value}
FAST = settings(max_examples=20)

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**70), 10**30, 0])
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from([*HANDLES, *NUMBERS, *INSTANTS, "x" * 100_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


sound = st.fixed_dictionaries({
    "order_id": st.sampled_from(["ord_1", "ord_2", "ord_3", "13800138000"]),
    "query_id": st.sampled_from(["qry_1", "13800138000"]),
    "signal_id": st.sampled_from(["sig_1", "13800138000"]),
    "handle": st.sampled_from(HANDLES),
    "due": st.sampled_from(INSTANTS),
    "object_until": st.none() | st.sampled_from(INSTANTS),
    "attempt": st.sampled_from([1, 1, 1, 2, 10**6, 10**7]),
    "order": st.sampled_from(["unbind", "deregister"]),
    "happened": st.just({"not_before": INSTANTS[0], "not_after": INSTANTS[0]}),
})  # fmt: skip
NAMES = ("order_id", "query_id", "signal_id", "handle", "due", "object_until", "attempt", "order", "happened")
letters = st.fixed_dictionaries({
    "event": st.sampled_from([event.value for event in Event]) | st.text(max_size=20),
    "said": st.builds(
        lambda whole, name, instead: whole | ({name: instead} if name else {}),
        sound, st.none() | st.sampled_from(NAMES), junk,
    ),
    "subject": st.one_of(
        *[st.sampled_from(NUMBERS).map(lambda line: {"format": "phone_number", "phone_number": line})] * 4,
        junk,
    ),
})  # fmt: skip


def snapshot(shop: Shop) -> dict[int, tuple[Any, ...]]:
    """Read every customer, by row."""
    with shop.engine.connect() as connection:
        return {row.id: tuple(row) for row in connection.execute(sa.text("select * from customer"))}


def leave(pretender: Pretender, claims: Mapping[str, Any]) -> None:
    """Put a token with these claims into the mailbox, signed as the hub signs."""
    jti = f"set_{secrets.token_hex(4)}"
    full = {"iss": pretender.url, "aud": PLATFORM, "jti": jti, "iat": 1, **claims}
    pretender.mailbox[jti] = pretender.key.sign(_json(full), kind="secevent+jwt")
    pretender.rings.set()


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


async def turn(desk: Desk, pretender: Pretender) -> None:
    """Take a poll's letters, deal with them, and answer for all: nothing may come a second time."""
    mailbox = Mailbox(desk.hub, (*WANTED, *SIGNALS))
    post = await mailbox.poll()
    dealt = await deal_with(post.letters, desk)
    await mailbox.poll(done=dealt.done, complaints=post.complaints | dealt.complaints)
    assert pretender.mailbox == {}


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Let the number be one customer's, and another number another's."""
    shop.add(2, phone="13900139000", nickname="other", phone_bound_at="2020-01-01T00:00:00")
    shop.add(3, phone="13800138000", nickname="this", phone_bound_at="2020-01-01T00:00:00")
    shop.consent(1, "13900139000")
    return shop


@FAST
@given(sent=st.lists(letters, min_size=1, max_size=12))
async def test_no_letter_changes_more_than_it_could_order(
    stocked: Shop, pretender: Pretender, desk_of: DeskOpener, sent: list[dict[str, Any]]
) -> None:
    _begin_again(stocked, pretender)
    before = snapshot(stocked)
    with capture_logs() as lines:
        async with desk_of(f"{secrets.token_hex(4)}.db") as desk:
            for letter in sent:
                leave(pretender, {"events": {letter["event"]: letter["said"]}, "sub_id": letter["subject"]})
            await turn(desk, pretender)
            pretender.ask("qry_after")
            await turn(desk, pretender)
    after = snapshot(stocked)
    changed = {row for row in before if before[row] != after[row]}
    assert changed <= {row for letter in sent for row in could_order(**letter)}
    assert pretender.answers[-1]["query_id"] == "qry_after"
    assert told(lines) == []


@pytest.mark.parametrize(
    "handle", ["account-2\x00", "account-2\n", "account-\x1b[2J", "account-\ud800", "", 7]
)
async def test_a_handle_that_no_store_has_is_complained_of(
    stocked: Shop, pretender: Pretender, desk_of: DeskOpener, handle: object
) -> None:
    before = snapshot(stocked)
    subject = {"format": "phone_number", "phone_number": OTHER}
    said = {"order_id": "ord_1", "handle": handle, "due": INSTANTS[0]}
    leave(pretender, {"events": {Event.UNBIND_ORDERED.value: said}, "sub_id": subject})
    async with desk_of() as desk:
        await turn(desk, pretender)
    assert (len(pretender.complaints), pretender.outcomes) == (1, [])
    assert snapshot(stocked) == before


def _begin_again(shop: Shop, pretender: Pretender) -> None:
    """Let everything be as it was before the last example."""
    pretender.mailbox.clear()
    for row, line in ROWS.items():
        shop.run(f"update customer set phone = '{line[3:]}', deleted_at = null where id = {row}")  # noqa: S608 - the test's own rows


def could_order(event: str, said: Mapping[str, Any], *, subject: Any) -> set[int]:  # noqa: ANN401 - whatever is sent
    """Say which row a letter could have changed: one that has its number and that it names."""
    try:
        number = parse(str(subject["phone_number"]))
    except (KeyError, TypeError, NotANumber):
        return set()
    named = str(said.get("handle"))
    return {
        row for row, line in ROWS.items() if event in ORDERS and line == number.e164 and str(row) in named
    }


def told(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """Find what a log tells of numbers and handles."""
    written = [("log", json.dumps(careful(None, "", dict(line)), default=str)) for line in lines]
    wanted = [secret for line in ROWS.values() for secret in of_number(line)]
    return list(leaks(written, [*wanted, *(Secret("handle", one) for one in HANDLES if len(one) > 2)]))
