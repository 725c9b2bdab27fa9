"""What a database's refusals mean, told by their codes: what a driver says in words may hold values."""

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import chain
from types import MappingProxyType

import psycopg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from jiebang.agent.errors import Declined, StoreDown, StoreRefuses, StoreTrouble

_BUSY = "Another transaction of the account store held what was to be changed for too long."
_READ_ONLY = "The account store can only be read at present."
_FULL = "The account store has no connection, or no room, left."
_FORBIDDEN = "The account store does not allow the agent's role to do this."
_SLOW = "The account store did not come to an end in time."
SOME_STATEMENT = "A statement of the configuration"
_MISMATCH = f"{SOME_STATEMENT} does not go with the values that the account store has."

_OWN_RULE = (
    f"{SOME_STATEMENT} breaks a rule of the account store's own: a constraint, a trigger, a view's check."
)

_PASSING = frozenset({_BUSY, _READ_ONLY, _FULL, _SLOW})

_SQLITE = {5: _BUSY, 6: _BUSY, 8: _READ_ONLY, 13: _FULL}
_POSTGRESQL = {
    "55P03": _BUSY, "40P01": _BUSY, "40001": _BUSY, "25006": _READ_ONLY, "53300": _FULL, "53100": _FULL,
    "53200": _FULL, "42501": _FORBIDDEN, "57014": _SLOW,
}  # fmt: skip
_MARIADB = {
    1205: _BUSY, 1213: _BUSY, 1290: _READ_ONLY, 1792: _READ_ONLY, 1836: _READ_ONLY, 1040: _FULL, 1203: _FULL,
    1226: _FULL, 1021: _FULL, 1044: _FORBIDDEN, 1045: _FORBIDDEN, 1142: _FORBIDDEN, 1143: _FORBIDDEN,
    1969: _SLOW, 3024: _SLOW,
    # Its driver has no word for these but that of a server that is not there.
    1242: _MISMATCH, 1292: _MISMATCH, 1365: _MISMATCH, 1411: _MISMATCH, 1441: _MISMATCH,
}  # fmt: skip
_SAYS: Mapping[object, str] = MappingProxyType(
    dict(chain(_SQLITE.items(), _POSTGRESQL.items(), _MARIADB.items()))
)
_SIGNALS = {1643, 1644}
"""MariaDB's and MySQL's codes for what a trigger signals, whatever state it says."""
_RULES_BEGIN = ("23", "44", "45", "P0")
"""How states begin by which a rule refuses: a constraint, a view's check, `signal`, `raise` or `assert`."""
_NO_MORE_CONNECTIONS = ("too many clients", "too many connections", "connection slots")


def as_trouble(failed: DBAPIError) -> StoreTrouble:
    """
    Tell what is worth another try (`StoreDown`) from what is not (`Declined`, or `StoreRefuses`).

    It has the reason in words, where that is known.
    """
    if isinstance(failed, IntegrityError) or _is_own_rule(failed.orig):
        return Declined(_OWN_RULE)
    words = _reason(failed)
    said = (words,) if words else ()
    passing = words in _PASSING or failed.connection_invalidated
    if passing or (words != _MISMATCH and isinstance(failed, OperationalError | InterfaceError)):
        return StoreDown(*said)
    return StoreRefuses(*said)


def _is_own_rule(said: BaseException | None) -> bool:
    """Whether a rule of the store's own refuses; a state that its owner made up is known to no driver."""
    state = getattr(said, "sqlstate", None)
    if state is not None and (state.startswith(_RULES_BEGIN) or type(said) is psycopg.DatabaseError):
        return True
    return not _SIGNALS.isdisjoint(_codes(said))


def _reason(failed: DBAPIError) -> str | None:
    # A server that lets nobody in has no code for it in PostgreSQL's library, only words.
    if any(words in str(failed.orig) for words in _NO_MORE_CONNECTIONS):
        return _FULL
    known = next((_SAYS[code] for code in _codes(failed.orig) if code in _SAYS), None)
    return known or (_MISMATCH if isinstance(failed, DataError) else None)


def _codes(said: BaseException | None) -> Iterator[object]:
    """Give the code as each driver has it; of SQLite's, the bits that say what happened, and not where."""
    if isinstance(said, sqlite3.Error):
        yield getattr(said, "sqlite_errorcode", 0) & 0xFF
    else:
        yield getattr(said, "sqlstate", None)
        yield said.args[0] if said is not None and said.args else None
