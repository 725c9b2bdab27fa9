"""The story of a second-hand number, step by step; each step raises `NotAsTold` when it is not as told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jiebang.sandbox import carrier
from jiebang.sandbox.holder import Card, Holder, Ordered
from jiebang.sandbox.program import NotAsTold
from jiebang.sandbox.shop import AlreadyRegistered
from jiebang.sandbox.world import IDENTITY, SHOP, World

RECYCLED = "+8613600123456"
"""The number of the story: it had another holder for years."""
FRESH = "+8618600765432"
"""A number that never had another holder."""
ANOTHER = "+8619900246810"
"""A second recycled number, left for whoever watches to free it themselves."""

EARLIER_NAME, EARLIER_LOGIN = "林晚秋", "wanqiu"
PRESENT_NAME, PRESENT_LOGIN = "周小满", "xiaoman"

_YEAR = timedelta(days=365)
_OFFSET = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """What an earlier holder of a number has at the two platforms."""

    shop_row: int
    consent_row: int
    identity_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One thing that a platform has about the earlier holder, before the story and after it."""

    where: str
    what: str
    before: Any
    after: Any


class Story:
    """The story of `RECYCLED`, told in a world that is open."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.holder = Holder(world.public_url, language="en")
        self.cards: list[Card] = []

    def set_up(self) -> str:
        """
        Let the past happen: earlier holders have their accounts, and the carrier reports its lines.

        The identity provider stamps an account with the time it is made, which is now. So the
        numbers are assigned anew a moment later still, and nobody can tell whose that account is.
        """
        now = datetime.now(UTC)
        self.left = leave_behind(self.world, RECYCLED, name=EARLIER_NAME, login=EARLIER_LOGIN)
        leave_behind(self.world, ANOTHER, name="许青禾", login="qinghe")
        self.world.shop.sign_up(local(FRESH), "知远", email="zhiyuan@mail.example", since=ago(1))
        self.before = self._earlier()
        rows = carrier.fresh(FRESH, since=now - 3 * _YEAR)
        for number in (RECYCLED, ANOTHER):
            rows += carrier.recycled(number, first_on=now - 9 * _YEAR, again_at=datetime.now(UTC))
        return self.world.load(rows)

    def refused(self) -> None:
        """The present holder tries to register, and both platforms say that somebody is there already."""
        for where, sign_up in self._sign_ups().items():
            try:
                sign_up()
            except AlreadyRegistered:
                continue
            raise NotAsTold(f"{where} let the number register although it has an account on it")

    def prove(self) -> str:
        """The holder shows that the number is theirs, by a code that reaches it; returns the code."""
        return prove(self.holder, self.world, number=RECYCLED)

    def ask(self) -> list[Card]:
        """The holder asks both platforms, and sees what is left behind and what nobody can tell."""
        self.holder.ask()
        self.cards = self.holder.await_answers()
        seen = sorted((card.platform, card.kind, card.origin) for card in self.cards)
        told = [
            (SHOP, "account", "inherited"),
            (SHOP, "subscription", "inherited"),
            (IDENTITY, "account", "uncertain"),
        ]
        check(seen == told, f"the results are {seen}")
        return self.cards

    def free(self) -> list[Ordered]:
        """The holder frees everything left behind, and says of the uncertain record that it is not theirs."""
        results = self.holder.path
        self.holder.free_everything()
        self.holder.visit(results)
        for card in self.holder.cards():
            if card.origin == "uncertain":
                self.holder.let_go(card)
        orders = self.holder.orders()
        check(len(orders) == len(self.cards), f"there are {len(orders)} orders for {len(self.cards)} records")
        return orders

    def settle(self) -> list[Ordered]:
        """The platforms fulfil, the hub looks again, and every order ends verified."""
        orders = self.holder.await_orders(len(self.cards))
        states = {order.state for order in orders}
        check(states == {"verified"}, f"the orders ended as {', '.join(sorted(states))}")
        return orders

    def register(self) -> None:
        """The present holder registers at both platforms."""
        for where, sign_up in self._sign_ups().items():
            try:
                sign_up()
            except AlreadyRegistered:
                raise NotAsTold(f"{where} still says that the number is registered") from None

    def compare(self) -> list[Kept]:
        """The earlier holder's accounts are still there, with everything but the number."""
        after = self._earlier()
        kept = [
            Kept(where=where, what=what, before=value, after=after[where][what])
            for where, row in self.before.items()
            for what, value in row.items()
        ]
        lost = {item.what for item in kept if item.before != item.after}
        check(lost == {"phone", "phone_bound_at", "phoneNumbers"}, f"what changed is {sorted(lost)}")
        check(not any(item.after for item in kept if item.what in lost), "some of the number is left")
        check(self.world.shop.changes(self.left.shop_row) == 1, "the shop's account changed more than once")
        return kept

    def look_at_own(self) -> list[Card]:
        """Whoever has a number that nobody had before sees what is their own; then they leave."""
        holder = Holder(self.world.public_url, language="en")
        prove(holder, self.world, number=FRESH)
        holder.ask([SHOP])
        cards = holder.await_answers()
        check([card.origin for card in cards] == ["own"], f"the results are {cards}")
        holder.sign_out()
        return cards

    def sign_out(self) -> None:
        """The holder leaves, and the portal forgets them."""
        self.holder.sign_out()
        self.holder.visit("/orders")
        check(not self.holder.page.having("data-order"), "the orders can still be seen after signing out")

    def _earlier(self) -> dict[str, dict[str, Any]]:
        account = self.world.identity.account(self.left.identity_id)
        return {
            SHOP: self.world.shop.account(self.left.shop_row),
            IDENTITY: {
                name: account.get(name)
                for name in ("id", "userName", "displayName", "emails", "active", "phoneNumbers")
            },
        }

    def _sign_ups(self) -> dict[str, Callable[[], object]]:
        return {
            SHOP: lambda: self.world.shop.sign_up(local(RECYCLED), PRESENT_NAME),
            IDENTITY: lambda: self.world.identity.sign_up(RECYCLED, PRESENT_NAME, login=PRESENT_LOGIN),
        }


def leave_behind(world: World, number: str, *, name: str, login: str) -> LeftBehind:
    """Give an earlier holder an account at each platform, and a place on the shop's marketing list."""
    shop_row = world.shop.sign_up(
        local(number), name[1:], email=f"{login}@mail.example", since=ago(6), balance_fen=8860
    )
    consent_row = world.shop.consent(local(number), "sms", given_at=ago(6))
    return LeftBehind(
        shop_row=shop_row,
        consent_row=consent_row,
        identity_id=world.identity.sign_up(number, name, login=login),
    )


def prove(holder: Holder, world: World, *, number: str) -> str:
    """Prove a number with the code that is sent to it; returns the code."""
    sent = len(world.gateway.texts)
    holder.ask_code(number)
    code = world.gateway.next_code(number, after=sent)
    holder.tell_code(code)
    check(holder.path == "/platforms", f"the right code leads to {holder.path}: {holder.page.alerts}")
    return code


def local(number: str) -> str:
    """Write a number as the shop does."""
    return number.removeprefix("+86")


def ago(years: int) -> str:
    """Write a time some years ago as the shop does: its own, without a zone."""
    return (datetime.now(UTC) + _OFFSET - years * _YEAR).strftime("%Y-%m-%d %H:%M:%S")


def check(so: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like `assert`, which may be switched off
    """Raise `NotAsTold` unless it is so."""
    if not so:
        raise NotAsTold(otherwise)
