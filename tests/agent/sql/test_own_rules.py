"""What the shop's own rules refuse is denied at once and in words: to try again would be to try for ever."""

import pytest
from structlog.testing import capture_logs

from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import Declined, Unsound
from jiebang.agent.mailbox import Mailbox
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.shop import STATEMENTS, Shop
from tests.agent.sql.conftest import Opener

pytestmark = pytest.mark.anyio

BEFORE = "create trigger refuse before update on customer"
DENY = "create function refuse() returns trigger language plpgsql as $$ begin {} return new; end $$"
EACH_ROW = BEFORE + " for each row "
VIEW = "create view phoned as select id, phone, deleted_at from customer where phone is not null"


def raising(words: str) -> tuple[str, ...]:
    """Write a trigger of PostgreSQL's that says no in these words."""
    return DENY.format(words), EACH_ROW + "execute function refuse()"


def signalling(words: str) -> tuple[str, ...]:
    """Write a trigger of MariaDB's that says no with this state."""
    return (f"{EACH_ROW} signal sqlstate {words}",)


RULES = [
    pytest.param("sqlite", (f"{BEFORE} begin select raise({how}, '13800138000 stays'); end",), id=how)
    for how in ("abort", "fail", "rollback")
] + [
    pytest.param("postgresql", raising(words), id=name)
    for name, words in {
        "raise": "raise exception '% stays', old.phone;",
        "own state": "raise exception '% stays', old.phone using errcode = 'U0001';",
        "assert": "assert new.phone is not null, old.phone;",
    }.items()
] + [
    pytest.param("mariadb", signalling(words), id=words, marks=pytest.mark.needs("mariadb"))
    for words in (
        "'45000' set message_text = '13800138000 stays'", "'45000' set mysql_errno = 30001", "'77000'",
        "'02000'",
    )
]  # fmt: skip


@pytest.mark.parametrize(("shop", "rule"), RULES, indirect=["shop"])
async def test_what_a_trigger_refuses_is_denied_in_words_that_hold_no_value(
    shop: Shop, rule: tuple[str, ...], desk_of: DeskOpener, pretender: Pretender
) -> None:
    shop.add(7, phone="13800138000")
    for statement in rule:
        shop.run(statement)
    jti = pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        with capture_logs() as lines:
            dealt = await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    assert (dealt.done, shop.row(7)["phone"]) == ([jti], "13800138000")
    assert [(said["outcome"], said["reason"]) for said in pretender.outcomes] == [("denied", "other")]
    [why] = [line["why"] for line in lines if line["event"] == "agent:order:declined"]
    assert ("unbind of account breaks a rule" in why, "13800138000" in why) == (True, False)


@pytest.mark.parametrize(
    "shop", ["postgresql", pytest.param("mariadb", marks=pytest.mark.needs("mariadb"))], indirect=True
)
@pytest.mark.parametrize(
    "rule", [VIEW + " with check option", "alter table customer add check (phone <> '')"]
)
async def test_what_a_views_check_or_a_constraint_refuses_is_declined(
    shop: Shop, connected: Opener, rule: str
) -> None:
    shop.add(7, phone="13800138000")
    shop.run(rule)
    unbind = STATEMENTS["unbind"].replace("null", "''")
    if rule.startswith("create"):
        unbind = STATEMENTS["unbind"].replace("customer", "phoned")
    async with connected(unbind=unbind) as connector:
        await connector.check()
        with pytest.raises(Declined, match="The statement unbind of account breaks a rule"):
            await connector.unbind("account-7", NUMBER)
    assert (shop.row(7)["phone"], shop.changes(7)) == ("13800138000", 0)


@pytest.mark.parametrize(
    "rule", ["select distinct id, phone from customer", "select id, phone || '' as phone from customer"]
)
async def test_a_statement_that_changes_a_view_that_cannot_be_changed_is_named(
    shop: Shop, connected: Opener, rule: str
) -> None:
    joins = (
        rule.replace("phone || ''", "concat(phone, '')") if shop.engine.dialect.name == "mariadb" else rule
    )
    shop.run(f"create view fixed as {joins}")
    async with connected(unbind=STATEMENTS["unbind"].replace("customer", "fixed")) as connector:
        with pytest.raises(Unsound, match="The statement unbind of account is not taken by the database: "):
            await connector.check()
