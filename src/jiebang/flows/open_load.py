"""A change file is about to be loaded, or a carrier says that there was nothing to report."""

from jiebang.store import loads
from jiebang.store.database import Database
from jiebang.store.loads import Load


def open_load(database: Database, load: Load, *, anew: bool = False) -> Load:
    """
    Write the load down, or find how far the same file has come before; again changes nothing.

    It begins at its first row where `anew` is wanted, and where it has come to its end.
    """
    with database.write() as connection:
        return loads.begin(connection, load, anew=anew)
