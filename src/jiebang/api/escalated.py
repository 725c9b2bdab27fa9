"""How many orders people must see to, counted when Prometheus asks: the same from every process of a hub."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from jiebang.store import orders
from jiebang.store.database import Database


class Escalated(Collector):
    """Counts the orders that are escalated, and says nothing of whose they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Count them; while the database does not answer, the other figures are told without this one."""
        try:
            with self._database.read() as connection:
                count = orders.escalated(connection)
        except SQLAlchemyError:
            return
        yield GaugeMetricFamily(
            "jiebang_orders_escalated",
            "Orders said to be done and found not to be, again: speak with the platform, which then answers.",
            value=count,
        )
