"""What is suspected of platforms, told when Prometheus asks: the same from every process of a hub."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from jiebang.store import habits
from jiebang.store.database import Database


class Suspected(Collector):
    """Tells of each platform, by its id, what is suspected."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Tell; while the database does not answer, the other figures are told without these."""
        try:
            with self._database.read() as connection:
                found = habits.suspected(connection)
        except SQLAlchemyError:
            return
        gauge = GaugeMetricFamily(
            "jiebang_platform_suspected", "What a platform's answers make the hub doubt.",
            labels=["platform", "suspicion"],
        )  # fmt: skip
        for one in found:
            gauge.add_metric([one.platform_id, one.suspicion.value], 1)
        yield gauge
