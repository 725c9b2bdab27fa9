"""Metrics: how the agent stands, for Prometheus; no number, handle or id is ever among them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, start_http_server, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from jiebang.agent.fields import Place
from jiebang.agent.status import Status
from jiebang.agent.tallies import Fact, Tally

_COUNTERS = {
    Tally.QUESTION: ("questions", "Questions, by what came of them", ("came_to",)),
    Tally.BINDING: ("bindings", "Records that answers told of", ()),
    Tally.ORDER: ("orders", "Orders settled, by kind, outcome and reason", ("order", "outcome", "reason")),
    Tally.CLEANED: ("cleaned", "Records dealt with because of signals", ("deed",)),
    Tally.COMPLAINT: ("complaints", "Letters that were not taken", ("err",)),
}
_SINCE = {
    Fact.STARTED: ("started_timestamp_seconds", "When the agent last started"),
    Fact.POLLED: ("polled_timestamp_seconds", "When the hub last answered a poll"),
    Fact.CANARY: ("canary_timestamp_seconds", "When the canary was last tried"),
}

_COUNTED = {
    Fact.POLLED: ("letters", "Letters that the last poll brought"),
    Fact.MORE: ("more_letters", "1 when the hub had more letters than it sent"),
    Fact.CANARY: ("canary_failures", "Proofs on the canary that failed"),
}


class Standing(Collector):
    """Reads the ledger whenever somebody asks."""

    def __init__(self, read: Callable[[], Status]) -> None:
        self._read = read

    def describe(self) -> list[Metric]:
        """Nothing: so that nobody reads the ledger before it is asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give everything that a status says."""
        status = self._read()
        yield from _gauges(status)
        yield from _counters(status)


def _gauges(status: Status) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "jiebang_agent_waiting", "Orders and signals not settled, by why they wait", labels=["why"]
    )
    for why, count in (
        ("due", status.due), ("owner", status.objections), ("budget", status.held),
        ("signal_budget", status.held_signals), ("hub", status.untold),
    ):  # fmt: skip
        waiting.add_metric([why], count)
    yield waiting
    lag = status.lag.total_seconds()
    yield _gauge("lag_seconds", "How long the oldest order waits that need not", value=lag)
    for name, counts, says in (
        ("budget_used", status.used, "Changes within the last hour"),
        ("budget_limit", status.budget, "Changes that an hour may have"),
    ):
        family = GaugeMetricFamily(f"jiebang_agent_{name}", says, labels=["what"])
        for kind, count in counts.items():
            family.add_metric([kind.value], count)
        yield family
    for fact, last in status.last.items():
        if fact in _SINCE:
            name, says = _SINCE[fact]
            yield _gauge(name, says, value=last.at.timestamp())
        if fact in _COUNTED:
            name, says = _COUNTED[fact]
            yield _gauge(name, says, value=last.counted)


def _counters(status: Status) -> Iterator[Metric]:
    for tally, (name, says, labels) in _COUNTERS.items():
        family = CounterMetricFamily(f"jiebang_agent_{name}", says, labels=list(labels))
        for (what, detail), count in sorted(status.totals.items()):
            if what is tally:
                family.add_metric(detail.split(":") if labels else [], count)
        yield family


def _gauge(name: str, says: str, *, value: float) -> Metric:
    return GaugeMetricFamily(f"jiebang_agent_{name}", says, value=value)


def registry(read: Callable[[], Status]) -> CollectorRegistry:
    """Make a registry with nothing but this in it: a platform's machine is nobody's business."""
    made = CollectorRegistry()
    made.register(Standing(read))
    return made


def write(measured: CollectorRegistry, path: Path) -> None:
    """Write a file for the node exporter's textfile collector, in one piece; raises `OSError`."""
    write_to_textfile(str(path), measured)


def listen(measured: CollectorRegistry, place: Place) -> Callable[[], None]:
    """Answer Prometheus on an address of this machine; gives what ends it. Raises `OSError`."""
    server, thread = start_http_server(place.port, addr=place.host, registry=measured)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
