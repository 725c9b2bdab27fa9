"""What the statements `find` and `read` say of records, a row or several for each."""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal

import sqlalchemy as sa

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.contract import Record
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.sql.statements import Statements
from jiebang.agent.errors import Ambiguous, Unsound


def each_once(
    rows: Sequence[sa.RowMapping], statements: Statements, *, called: str, zone: tzinfo
) -> list[Record]:
    """
    Read rows, of which several may be one record: that has the number in several places.

    Raises `Ambiguous` where they do not say the same of it.
    """
    records = [_as_record(statements, row, zone=zone) for row in rows]
    if len(records) > 1:
        records = list(dict.fromkeys(records))
        if len({record.handle for record in records}) < len(records):
            raise Ambiguous(
                f"{called} gives one record in rows that differ; group by its id, and take one value of each"
                " other column, such as min(bound_at). Nothing was answered."
            )
    return records


def _as_record(statements: Statements, row: sa.RowMapping, *, zone: tzinfo) -> Record:
    kind = statements.record
    if isinstance(row["handle"], bytes):
        raise Unsound(f"{statements.called('find')} gives ids that are no text: lower(hex(id)) is one.")
    used = instants.read(row.get("last_used"), zone=zone)
    logins = row.get("other_logins")
    return Record(
        handle=f"{kind.kind}-{row['handle']}", kind=kind.kind, record_class=kind.record_class,
        label=masked(row.get("label")),
        bound=instants.bound(row.get("bound_at"), row.get("created_at"), zone=zone),
        last_used=used[0] if used else None,
        # What sum() gives is a Decimal in some databases.
        other_logins=max(0, int(logins)) if isinstance(logins, int | Decimal) else None,
        can=kind.can, conditions=kind.conditions,
    )  # fmt: skip
