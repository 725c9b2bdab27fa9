"""The shop behaves as shops do, and its own triggers count what happens to it."""

import sqlite3
from pathlib import Path

import pytest

from jiebang.sandbox.shop import AlreadyRegistered, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Open a shop that has no customers yet."""
    shop = Shop(tmp_path / "shop.db")
    shop.create()
    return shop


def test_a_number_that_has_an_account_is_refused_another(shop: Shop) -> None:
    shop.sign_up("13600123456", "晚秋")
    with pytest.raises(AlreadyRegistered):
        shop.sign_up("13600123456", "小满")


def test_an_account_that_was_just_opened_has_its_number_since_now(shop: Shop) -> None:
    account = shop.account(shop.sign_up("13600123456", "晚秋"))
    assert account["phone_bound_at"] == account["created_at"] is not None


def test_an_account_can_be_older_than_the_story(shop: Shop) -> None:
    account = shop.account(shop.sign_up("13600123456", "晚秋", since="2019-05-04 13:22:10", balance_fen=880))
    assert (account["phone_bound_at"], account["balance_fen"]) == ("2019-05-04 13:22:10", 880)


def test_to_open_an_account_is_no_change_of_it(shop: Shop) -> None:
    assert shop.changes(shop.sign_up("13600123456", "晚秋")) == 0


@pytest.mark.parametrize(
    "statement", ["update customer set phone = null", "update customer set id = id", "delete from customer"]
)
def test_every_change_of_an_account_is_counted(shop: Shop, statement: str) -> None:
    row_id = shop.sign_up("13600123456", "晚秋")
    with sqlite3.connect(shop.path) as connection:
        connection.execute(statement)
    assert shop.changes(row_id) == 1


def test_the_marketing_list_knows_numbers_and_counts_what_becomes_of_them(shop: Shop) -> None:
    entry = shop.consent("13600123456", "sms", given_at="2019-05-04 13:22:10")
    assert shop.advertises_to("13600123456")
    with sqlite3.connect(shop.path) as connection:
        connection.execute("delete from marketing_consent")
    assert not shop.advertises_to("13600123456")
    assert shop.changes(entry, entity="marketing_consent") == 1
