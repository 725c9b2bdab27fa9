"""What every table is made of: one metadata, and the types of ids, words and counters."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import BigInteger, Column, ColumnElement, Integer, MetaData, String, bindparam

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(64)
Word = String(32)
# SQLite counts rows by itself only in a column of exactly this type.
Counter = BigInteger().with_variant(Integer, "sqlite")


def is_word(column: Column[str], word: StrEnum) -> ColumnElement[bool]:
    """Test that a column is a word, as `is_one_of` does."""
    return column == bindparam(None, word.value, literal_execute=True)


def is_one_of(column: Column[str], words: Iterable[StrEnum]) -> ColumnElement[bool]:
    """
    Test that a column is one of some words, for a partial index and for whoever asks by that index.

    The words stand in the statement itself: SQLite does not use a partial index for a statement whose
    values it is only given when it runs.
    """
    values = [word.value for word in words]
    return column.in_(bindparam(None, values, expanding=True, literal_execute=True))
