"""Accounts: what the agent must know of one, read from the JSON that a server has for it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import Listed, Record
from jiebang.agent.connectors.http import shape
from jiebang.agent.connectors.http.paths import JsonPath, Scalar
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.http.templates import Values, is_one_segment, text_of
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.errors import StoreRefuses, UnknownRecord
from jiebang.domain.binding import Bound, BoundSource
from jiebang.domain.number import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One place where an account keeps a number."""

    stored: str = field(repr=False)
    bound_at: Scalar | None
    named: Values = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as the server has it now."""

    own_id: str = field(repr=False)
    said: object = field(repr=False)
    kept: Sequence[Kept] = field(repr=False)
    closed: bool
    """Closed, and there all the same: a tombstone, which has no numbers."""
    taken: Values = field(repr=False)
    """What the steps that read it took from their replies."""


class Accounts:
    """Reads accounts, and writes the records that are told of them."""

    def __init__(self, store: HttpStore, matching: Matching) -> None:
        self._store = store
        self._at = store.asked.account
        self._opening = f"{store.kind}-"
        self._matching = matching
        self._pattern = re.compile(self._at.pattern or r"[^\x00-\x1f]+")

    def handle(self, own_id: str) -> str:
        """Name an account as the hub is told."""
        return self._opening + own_id

    def own_id(self, handle: str) -> str:
        """Give an account's id, as the server has it; raises `UnknownRecord` for what can be none."""
        own_id = handle.removeprefix(self._opening)
        if own_id == handle or not self.is_id(own_id):
            raise UnknownRecord
        return own_id

    def is_id(self, own_id: str) -> bool:
        """Whether this can be an account's id."""
        return bool(self._pattern.fullmatch(own_id)) and is_one_segment(own_id)

    def checked_id(self, said: object) -> str:
        """Take an id that a server gave; raises `StoreRefuses` for what can be none."""
        if not isinstance(said, Scalar) or not self.is_id(text_of(said)):
            raise StoreRefuses("The server gave an account an id that account.pattern does not allow.")
        return text_of(said)

    def read(self, said: object, *, taken: Values) -> Account:
        """Read one account."""
        closed = any(sign.shows(0, said) for sign in self._at.closed)
        return Account(
            own_id=self.checked_id(self._at.id.value(said)),
            said=said,
            kept=() if closed else tuple(self._kept(said)),
            closed=closed,
            taken=taken,
        )

    def held(self, account: Account, number: Number) -> list[Kept]:
        """List the places where an account has this number."""
        return [kept for kept in account.kept if self._matching.same(kept.stored, number)]

    def others(self, account: Account, number: Number) -> set[str]:
        """List the account's other numbers, as they stand there."""
        return {kept.stored for kept in account.kept if not self._matching.same(kept.stored, number)}

    def listed(self, account: Account) -> Listed:
        """Write an account as an index wants it."""
        return Listed(handle=self.handle(account.own_id), numbers=tuple(kept.stored for kept in account.kept))

    def record(self, account: Account, held: Iterable[Kept], *, number: Number) -> Record:
        """Write the record that the hub is told of."""
        store, said = self._store, account.said
        used = instants.read(_first(self._at.last_used, said), zone=store.timezone)
        return Record(
            handle=self.handle(account.own_id), kind=store.kind, record_class=store.record_class,
            label=masked(_first(self._at.label, said)),
            bound=self._bound(said, held),
            last_used=used[0] if used else None,
            other_logins=self._other_logins(said, number),
            can=store.can, conditions=store.conditions,
        )  # fmt: skip

    def _kept(self, said: object) -> Iterable[Kept]:
        numbers = self._at.numbers
        for node in numbers.each.nodes(said):
            stored = numbers.value.value(node)
            if stored is not None and str(stored).strip():
                named = _named(numbers, node)
                yield Kept(stored=text_of(stored), bound_at=_first(numbers.bound_at, node), named=named)

    def _bound(self, said: object, held: Iterable[Kept]) -> Bound:
        """Say when the number was bound: of several places, in the first of them."""
        created = _first(self._at.created_at, said)
        bounds = [instants.bound(kept.bound_at, created, zone=self._store.timezone) for kept in held]
        return min(bounds, key=_earliest)

    def _other_logins(self, said: object, number: Number) -> int | None:
        """Count the ways in that are not this number; `None` where there may be others."""
        if not self._at.other_logins:
            return None
        ways = [node for path in self._at.other_logins for node in path.nodes(said) if node]
        count = sum(
            not (isinstance(way, str) and "@" not in way and self._matching.same(way, number)) for way in ways
        )
        return count if count or self._at.every_login else None


def _earliest(bound: Bound) -> tuple[bool, float]:
    """What is known less exactly may have been earlier."""
    return bound.source is BoundSource.NATIVE, bound.at.timestamp() if bound.at else 0.0


def _named(numbers: shape.Numbers, node: object) -> Values:
    named: Mapping[str, Scalar | None] = {name: path.value(node) for name, path in numbers.take.items()}
    return {name: value for name, value in named.items() if value is not None}


def _first(paths: Iterable[JsonPath], said: object) -> Scalar | None:
    """Give what stands at the first path that leads to something."""
    return next((value for path in paths if (value := path.value(said)) not in {None, ""}), None)
