"""One order may take several statements: they are one transaction, and nothing of it is kept by halves."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.errors import Ambiguous, ConfigInvalid, Declined, Unsound
from jiebang.domain.binding import OrderKind
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

PHONE, OTHERWISE = "13800138000", "+8613800138000"
"""One number, as the customers' table and as the logins' may have it."""
FREE = "update customer set phone = null where id = :handle and phone = :stored"
RENAME = "update login set name = concat('member-', customer) where customer = :handle and name = :stored"
END_SESSIONS = "delete from visit where customer = :handle"
EVERYWHERE = (
    "select id as handle, phone as number, 'customer' as place from customer where id = :handle"
    " union all select customer, name, 'login' from login where customer = :handle"
)
FLAG = "update customer set nickname = 'flagged' where id = :handle and phone = :stored"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Give the shop a login name made of the number, and sessions, in tables of their own."""
    shop.run("create table login (customer integer, name varchar(40) unique)")
    shop.run("create table visit (customer integer)")
    shop.add(7, phone=PHONE)
    shop.run("insert into login values (7, '13800138000')")
    shop.run("insert into visit values (7), (7), (8)")
    return shop


def kept(shop: Shop) -> tuple[object, list[str], int]:
    """Read the customer's number, the login names, and how many sessions there are."""
    with shop.engine.connect() as connection:
        names = list(connection.execute(sa.text("select name from login")).scalars())
        visits = connection.execute(sa.text("select count(*) from visit")).scalar_one()
    return shop.row(7)["phone"], names, visits


def several(shop: Shop, *, sessions: int) -> dict[str, str]:
    """Free the number in all three places."""
    rename = RENAME
    if shop.engine.dialect.name == "sqlite":
        rename = RENAME.replace("concat('member-', customer)", "'member-' || customer")
    written = f'["{FREE}", "{rename}", {{ run = "{END_SESSIONS}", at_most = {sessions} }}]'
    return {"unbind": written, "deregister": written, "verify": EVERYWHERE}


async def test_a_number_comes_off_all_its_places_in_one_change(shop: Shop, connected: Opener) -> None:
    async with connected(**several(shop, sessions=2)) as connector:
        await connector.check()
        assert await connector.rehearse("account-7", LINE) == ""
        assert kept(shop) == (PHONE, [PHONE], 3)
        assert await connector.unbind("account-7", LINE) is Effect.DONE
        assert await connector.unbind("account-7", LINE) is Effect.GONE
    assert (kept(shop), shop.changes(7)) == ((None, ["member-7"], 1), 1)


@pytest.fixture
def spelled_otherwise(shop: Shop) -> None:
    """Write the number in the logins' table otherwise than in the customers'."""
    shop.run("update login set name = '+8613800138000'")


@pytest.mark.usefixtures("spelled_otherwise")
@pytest.mark.parametrize("kind", list(OrderKind))
async def test_a_number_comes_off_all_its_places_however_each_spells_it(
    shop: Shop, connected: Opener, kind: OrderKind
) -> None:
    async with connected(**several(shop, sessions=2)) as connector:
        change = connector.unbind if kind is OrderKind.UNBIND else connector.deregister
        assert await connector.rehearse("account-7", LINE) == ""
        assert kept(shop) == (PHONE, [OTHERWISE], 3)
        assert await change("account-7", LINE) is Effect.DONE
        assert await change("account-7", LINE) is Effect.GONE
    assert (kept(shop), shop.changes(7)) == ((None, ["member-7"], 1), 1)


@pytest.mark.usefixtures("spelled_otherwise")
async def test_a_statement_may_change_no_more_for_any_spelling(shop: Shop, connected: Opener) -> None:
    shop.run("insert into login values (7, '13800138000')")
    loose = "delete from login where customer = :handle and :stored <> ''"
    async with connected(unbind=f'["{FREE}", "{loose}"]', verify=EVERYWHERE) as connector:
        with pytest.raises(Ambiguous, match=r"unbind of account \(2\) changed 2 rows; nothing was kept"):
            await connector.unbind("account-7", LINE)
    assert (shop.row(7)["phone"], len(kept(shop)[1])) == (PHONE, 2)


@pytest.mark.usefixtures("spelled_otherwise")
async def test_a_statement_that_does_not_compare_is_run_once(shop: Shop, connected: Opener) -> None:
    leave = "delete from login where customer = :handle and name = :stored"
    count = "insert into visit select id from customer where id = :handle"
    async with connected(unbind=f'["{FREE}", "{leave}", "{count}"]', verify=EVERYWHERE) as connector:
        assert await connector.unbind("account-7", LINE) is Effect.DONE
    assert kept(shop) == (None, [], 4)


@pytest.mark.usefixtures("spelled_otherwise")
async def test_a_record_is_flagged_in_whichever_spelling_it_has_the_number(
    shop: Shop, connected: Opener
) -> None:
    login_first = (
        "select customer as handle, name as number, 'login' as place from login where customer = :handle"
        " union all select id, phone, 'customer' from customer where id = :handle"
    )
    async with connected(flag=FLAG, verify=login_first) as connector:
        assert await connector.flag("account-7", LINE) is Effect.DONE
    assert (shop.row(7)["nickname"], shop.changes(7)) == ("flagged", 1)


async def test_a_further_statement_that_changes_too_much_undoes_all(shop: Shop, connected: Opener) -> None:
    async with connected(**several(shop, sessions=1)) as connector:
        with pytest.raises(Ambiguous, match=r"unbind of account \(3\) changed 2 rows; nothing was kept"):
            await connector.unbind("account-7", LINE)
    assert (kept(shop), shop.changes(7)) == ((PHONE, [PHONE], 3), 0)


async def test_a_place_that_was_forgotten_undoes_all(shop: Shop, connected: Opener) -> None:
    async with connected(unbind=f'["{FREE}", "{END_SESSIONS} and 1 = 0"]', verify=EVERYWHERE) as connector:
        with pytest.raises(Ambiguous, match="verify sees the number still"):
            await connector.unbind("account-7", LINE)
    assert (kept(shop), shop.changes(7)) == ((PHONE, [PHONE], 3), 0)


async def test_nothing_further_is_done_where_the_first_statement_changed_nothing(
    shop: Shop, connected: Opener
) -> None:
    never = f"{FREE} and 1 = 0"
    async with connected(unbind=f'["{never}", "{END_SESSIONS}"]') as connector:
        with pytest.raises(Ambiguous, match="changed 0 rows"):
            await connector.unbind("account-7", LINE)
    assert kept(shop) == (PHONE, [PHONE], 3)


async def test_a_further_statement_that_fails_undoes_all(shop: Shop, connected: Opener) -> None:
    shop.run("insert into login values (8, 'taken')")
    clash = "update login set name = 'taken' where customer = :handle"
    async with connected(unbind=f'["{FREE}", "{clash}"]') as connector:
        with pytest.raises(Declined, match="a constraint"):
            await connector.unbind("account-7", LINE)
    assert kept(shop)[0] == PHONE


@pytest.mark.parametrize(
    ("released", "unbind", "sound"),
    [
        ("null", "phone = null", True), ("null", "phone = ''", False), ("empty", "phone = ''", True),
        ("empty", "phone = null", False), ("gone", "phone = null", False),
        ("gone", "phone = null, deleted_at = 'now'", True), ("", "phone = 'none'", True),
        ("null", "phone = 'none'", False), ("", "phone = '13900139000'", False),
    ],
)  # fmt: skip
async def test_what_an_unbind_leaves_behind_is_what_was_said(
    shop: Shop, connected: Opener, *, released: str, unbind: str, sound: bool
) -> None:
    written = f"update customer set {unbind} where id = :handle and phone = :stored"  # noqa: S608 - a test's own words
    async with connected(unbind=written, released=released) as connector:
        if sound:
            assert await connector.unbind("account-7", LINE) is Effect.DONE
        else:
            with pytest.raises(Ambiguous, match="nothing was kept"):
                await connector.unbind("account-7", LINE)
    assert (shop.row(7)["phone"] == PHONE, shop.changes(7)) == (not sound, int(sound))


async def test_the_records_other_numbers_are_let_be(shop: Shop, connected: Opener) -> None:
    for row, phone in enumerate((PHONE, "13900139000"), 2):
        shop.consent(row, phone)
    verify = "select phone as number, 7 as handle from consent where :handle = '7'"
    all_of_them = (
        '["delete from consent where phone = :stored and :handle = :handle",'
        ' { run = "delete from consent where :handle = :handle", at_most = 9 }]'
    )
    async with connected(verify=verify, unbind=all_of_them) as connector:
        with pytest.raises(Ambiguous, match="touches what else the record has"):
            await connector.unbind("account-7", LINE)


async def test_a_further_statement_is_about_the_record_that_is_meant(shop: Shop, connected: Opener) -> None:
    with pytest.raises(Unsound, match="unbind of account lacks the parameter :handle"):
        async with connected(unbind=f'["{FREE}", "delete from visit"]'):  # noqa: S608 - never run
            pass
    assert kept(shop)[2] == 3


@pytest.mark.parametrize(
    ("unbind", "words"),
    [
        ("[]", "must be a statement, or a list of statements"),
        ("[7]", "must be a statement, or a list of statements"),
        (f'[{{ run = "{FREE}", at_most = 2 }}]', "first statement, which must change exactly one row"),
        (f'["{FREE}", {{ run = "{FREE}", at_most = 0 }}]', "greater than or equal to 1"),
        (f'["{FREE}", {{ run = "{FREE}", most = 2 }}]', "not something that is known here"),
    ],
)
def test_a_list_of_statements_is_written_as_it_must_be(
    shop: Shop, tmp_path: Path, unbind: str, words: str
) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        load(shop.config(tmp_path, unbind=unbind))
