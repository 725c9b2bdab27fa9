"""A forum on SQL: a member has as many numbers as they like, first or not, and a number several members."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count

import sqlalchemy as sa

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import Number, parse
from tests.systems.shop import EVERYONE, gated, locked
from tests.systems.system import CANARY

_TABLES = (
    "create table member (id integer primary key, name varchar(40), email varchar(40))",
    """create table member_number (
         id integer primary key, member integer not null, number varchar(40) not null, place integer not null,
         unique (member, number))""",
)
_CONNECTOR = '''
[connector]
type = "sql"
url = "{url}"
spellings = ["national_digits", "e164", "national"]

[[connector.record]]
kind = "account"
class = "social"
find = """
  select m.id as handle, min(n.number) as number, min(m.name) as label,
         count(m.email)
         + (select count(*) from member_number o where o.member = m.id and o.number not in :spellings)
           as other_logins
  from member m join member_number n on n.member = m.id
  where n.number in :spellings
  group by m.id
"""
verify = "select member as handle, number from member_number where member = :handle"
unbind = "delete from member_number where member = :handle and number = :stored"
'''
_SPELLINGS = ("national_digits", "e164", "national")


class ForumSystem:
    """A forum whose members' numbers are a table of their own."""

    can = frozenset({OrderKind.UNBIND})
    bound = BoundSource.UNKNOWN
    several_numbers = True
    shared_numbers = True
    tells_logins = True
    touched = frozenset({"numbers"})
    everyone = EVERYONE

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self.name = f"forum-{self.engine.dialect.name}"
        self.rows, self.places = count(1), count(1)
        self.gate, self.url = gated(self.engine.url)
        self._run(*((table, {}) for table in _TABLES))
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part."""
        return _CONNECTOR.format(url=url or self.url)

    def secrets(self) -> Mapping[str, str]:
        """No secret: whoever reaches the database is let in."""
        return {}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register a member."""
        row = next(self.rows)
        email = None if alone else f"{row}@mail.example"
        member = ("insert into member values (:id, '晚秋', :email)", {"id": row, "email": email})
        rows = (
            ("insert into member_number values (:id, :member, :number, :place)",
             {"id": next(self.places), "member": row, "number": written, "place": place})
            for place, written in enumerate(_written(numbers))
        )  # fmt: skip
        self._run(member, *rows)
        return f"account-{row}"

    def numbers(self, handle: str) -> list[str]:
        """List a member's numbers, in the order of their places."""
        wanted = sa.text("select number from member_number where member = :member order by place")
        with self.engine.connect() as connection:
            rows = connection.execute(wanted, {"member": int(handle.removeprefix("account-"))})
            return [parse(number, region="CN").e164 for number in rows.scalars()]

    def is_open(self, handle: str) -> bool:
        """Whether there is such a member: nobody is ever closed."""
        return handle in self.snapshot()

    def changes(self, handle: str) -> int | None:
        """Nobody counts."""
        del handle
        return None

    def snapshot(self) -> Mapping[str, object]:
        """Every member, with their numbers."""
        with self.engine.connect() as connection:
            members = connection.execute(sa.text("select * from member")).mappings().all()
            numbers = connection.execute(sa.text("select * from member_number order by id")).mappings().all()
        return {
            f"account-{row['id']}": {
                **row, "numbers": [dict(one) for one in numbers if one["member"] == row["id"]],
            }
            for row in members
        }  # fmt: skip

    @contextmanager
    def down(self) -> Iterator[None]:
        """Shut the gate; where the database is a file, hold the lock on all of it."""
        with self.gate.shut() if self.gate else locked(self.engine):
            yield

    def stop(self) -> None:
        """Close the forum; its database belongs to whoever made it."""
        if self.gate:
            self.gate.close()
        self.engine.dispose()

    def _run(self, *statements: tuple[str, Mapping[str, object]]) -> None:
        with self.engine.begin() as connection:
            for statement, filled in statements:
                connection.execute(sa.text(statement), filled)


def _written(numbers: Sequence[str]) -> list[str]:
    """Write each number as the forum does, and one that is given again in the next of its ways."""
    return [
        Number(number).spelled(_SPELLINGS[numbers[:place].count(number)])
        for place, number in enumerate(numbers)
    ]
