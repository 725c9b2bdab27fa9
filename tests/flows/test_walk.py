"""Whoever does what, and when, and whatever crashes: an order has one state, and the journal explains it."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from jiebang.store.database import Database
from tests.flows.walk import Walk


def walk(database: Database, *, examples: int) -> None:
    """Walk at random on a database."""
    kind = type("On", (Walk,), {"database": database})
    chosen = settings(
        max_examples=examples, stateful_step_count=60,
        suppress_health_check=list(HealthCheck),
        # To make a failing walk shorter takes minutes; sixty steps can be read.
        phases=[phase for phase in Phase if phase is not Phase.shrink],
    )  # fmt: skip
    run_state_machine_as_test(kind, settings=chosen)


def test_a_random_walk_on_either_database(database: Database) -> None:
    walk(database, examples=40 if database.engine.dialect.name == "sqlite" else 12)
