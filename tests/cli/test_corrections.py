"""The operator sees what was decided on what a carrier has taken back."""

import subprocess
from datetime import timedelta
from pathlib import Path

from jiebang.domain.clearance import Clearance
from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.flows.record_clearances import record_clearances
from jiebang.sandbox.program import installed
from tests.build import NOW, POLICY, change, on
from tests.cli.desk import Desk, at_desk
from tests.flows.holder import ordered
from tests.memory import CARRIER, SHOP

LEFT = change(ChangeKind.DISCONNECTED, on(2026, 11, 25))
STAYED = LEFT._replace(kind=ChangeKind.CORRECTED, takes_back=ChangeKind.DISCONNECTED)


def listed(desk: Desk, *words: str) -> str:
    """Run `jiebang carrier corrections`; gives what it prints."""
    command = [str(installed("jiebang")), "carrier", "corrections", *words]
    environment = {**desk.environment, "COLUMNS": "200"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_orders_and_signals_that_rest_on_what_was_taken_back_are_shown(
    sqlite_url: str, tmp_path: Path
) -> None:
    with at_desk(sqlite_url, tmp_path) as desk:
        _, [order] = ordered(desk.database)
        for days, said in enumerate((LEFT, STAYED), start=1):
            at = NOW + timedelta(days=days)
            load_changes(desk.database, CARRIER, changes=[said], now=at, policy=POLICY)
        did = Clearance(cleared=3, flagged=1, kept=0, said_at=NOW)
        record_clearances(desk.database, SHOP, said=[("sig_2", did), ("sig_3", did)])
        shown = listed(desk)
        assert shown.index("Revoked") < shown.index(order.id) < shown.index("sig_3")
        assert "sig_2" not in shown
        assert order.number.e164 not in shown
        assert order.id not in listed(desk, "--since", "2027-01-01")
