"""Places that say something of numbers: a hub on one kind of database, and the list that is built from it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from jiebang.api.recycled import told_of
from jiebang.domain.number import Number
from jiebang.domain.party import Party, Role
from jiebang.domain.policy import Policy
from jiebang.domain.recycling import Recycling
from jiebang.domain.signal import Signal
from jiebang.domain.stream import SIGNALS
from jiebang.domain.tenure import Change, Tenure, present, tenures
from jiebang.domain.verdict import Fate, Verdict
from jiebang.flows.add_party import add_party
from jiebang.flows.load_changes import load_changes
from jiebang.flows.load_part import Part, load_part
from jiebang.flows.open_load import open_load
from jiebang.house import House
from jiebang.recycled.delta import apply_delta, make_delta
from jiebang.recycled.histories import facts
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import blocks_of, pack
from jiebang.store import numbers, signals
from jiebang.store.loads import Load
from jiebang.store.tables import metadata
from jiebang.wire import keys
from tests.build import BEIJING, NOW, POLICY
from tests.histories import HERE, THERE, Batch
from tests.memory import opened
from tests.recycled.made import TODAY

ZONES = {HERE: BEIJING, THERE: ZoneInfo("America/New_York")}
"""Where each carrier's days begin and end; the list's are those of the first."""
_SERIAL = count()


@dataclass(frozen=True, slots=True)
class Says:
    """What one place says of one number."""

    tenures: list[Tenure]
    holds: Tenure | None
    recycled: list[Recycling]
    """By the days that it is asked about."""
    code: int
    """The list's."""


class Place:
    """A hub on one kind of database, and a platform that has its list, kept up by deltas."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.database = house, house.database
        self._folder, self._mine = folder, folder / "mine.list"
        pack(self._mine, [], covered_until=TODAY)
        with self.database.write() as connection:
            for table in ("signals", "changes", "loads"):
                connection.execute(delete(metadata.tables[table]))

    def load(self, batch: Batch, policy: Policy) -> list[Fate]:
        """Take a batch in the way it comes."""
        told: list[Verdict] = []

        def tell(verdicts: Sequence[Verdict]) -> int:
            told.extend(verdicts)
            return 0

        carrier_id, changes = batch.carrier_id, batch.changes
        if batch.in_a_file:
            load = Load(
                carrier_id=carrier_id, digest=f"{next(_SERIAL)}", rows=len(changes), begun_at=NOW
            )  # fmt: skip
            load = open_load(self.database, load)
            load_part(self.database, load, part=Part(changes, 0, tell), now=NOW, policy=policy)
        else:
            tell(load_changes(self.database, carrier_id, changes=changes, now=NOW, policy=policy))
        return [verdict.fate for verdict in told]

    def publish(self) -> None:
        """Build the list anew, and bring the platform's to it by a delta; then they are the same."""
        anew, delta = self._folder / "anew.list", self._folder / "anew.delta"
        with self.database.read() as connection:
            blocks = blocks_of(facts(numbers.everything(connection), BEIJING))
            pack(anew, blocks, covered_until=TODAY)
        make_delta(self._mine, anew, path=delta)
        apply_delta(self._mine, mapped(delta), path=self._mine)
        self.list = mapped(self._mine)
        assert self.list == mapped(anew)

    def history(self, number: Number) -> list[Change]:
        """Read what is kept of a number, in each way in which it is read."""
        with self.database.read() as connection:
            history = numbers.history(connection, number)
            walked = dict(numbers.everything(connection))
        assert walked.get(number.e164, []) == history
        assert numbers.glance(self.database, number) == history
        return history

    def told(self, number: Number) -> list[Signal]:
        """Read what streams that have heard nothing yet would hear of a number."""
        with self.database.read() as connection:
            batches = signals.between(connection, 0, before=None, events=SIGNALS, most=50)
            return [one.signal for batch in batches for one in batch if one.signal.number == number]

    def says(self, number: Number, days: Sequence[date]) -> Says:
        """Say what is known of a number, as the doors and the list say it."""
        history = self.history(number)
        recycled = [told_of(self.house, number, on=on) for on in days]
        code = MappedList(self.list).code(int(number.e164[1:]))
        return Says(tenures(history), present(history), recycled, code)


@contextmanager
def both(postgresql_url: str, folder: Path) -> Iterator[list[House]]:
    """Open a hub on each kind of database, with the same key and the same two carriers."""
    key = keys.make()
    there = Party(id=THERE, role=Role.CARRIER, name="There", jwks={}, timezone=str(ZONES[THERE]))
    with (
        opened(f"sqlite:///{folder / 'hub.db'}") as on_sqlite,
        opened(postgresql_url) as on_postgresql,
    ):
        for database in (on_sqlite, on_postgresql):
            add_party(database, there, now=NOW)
        yield [
            House(
                database=database, policy=POLICY, key=key, issuer="https://hub.example", now=lambda: NOW,
                secure_cookies=True,
            )
            for database in (on_sqlite, on_postgresql)
        ]  # fmt: skip
