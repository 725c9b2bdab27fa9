"""PostgreSQL's driver waits for an answer as long as the line is open; this connection gives up."""

from contextlib import suppress
from typing import TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

Came = TypeVar("Came")

_CANCEL_SECONDS = 1


class Patient(psycopg.Connection[TupleRow]):
    """A connection on which an answer may take so many seconds; after that it is closed."""

    patience: int | None = None
    """Set once it is open: how long to open one may take is the library's own `connect_timeout`."""

    def wait(self, gen: PQGen[Came], interval: float = 0.1, timeout: float | None = None) -> Came:  # noqa: PLR0917 - the driver's own
        """Wait for the server; raises `psycopg.OperationalError` when it has taken too long."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self._give_up()
            raise

    def _give_up(self) -> None:
        """Ask the server to let it be: what is asked again would be done beside it, again and again."""
        with suppress(psycopg.Error):
            self.cancel_safe(timeout=_CANCEL_SECONDS)
        self.close()
