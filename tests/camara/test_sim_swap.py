"""Before an account is closed the carrier is asked about the SIM, at either door; it is another process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jiebang.domain.party import Role
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.sandbox.holder import Holder
from jiebang.sandbox.program import NotAsTold, Program, free_port
from jiebang.sandbox.web import call
from jiebang.wire.carriers import Source
from jiebang.wire.codes import code_for
from tests import faraway
from tests.build import BINDING, NUMBER, on
from tests.camara import at_a_front
from tests.camara.hub import Running, running
from tests.memory import SHOP

OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))


@dataclass
class Afar:
    """A carrier that knows when the SIM was changed; a process of its own that can be away."""

    program: Program
    place: Path
    url: str

    def says(self, changed: datetime | None) -> None:
        """Start it anew, with when the SIM was changed."""
        self.program.stop()
        line = {"since": "2026-03-02", "sim_changed": changed and changed.isoformat()}
        (self.place / "lines.json").write_text(json.dumps({NUMBER.e164: line}))
        self.program.start()
        self.program.until("the carrier answers", self._there)

    def _there(self) -> bool | None:
        try:
            return call("POST", f"{self.url}/token").status == 401 or None
        except NotAsTold:
            return None


@pytest.fixture
def afar(tmp_path: Path) -> Iterator[Afar]:
    """Prepare the carrier; it is away."""
    port = free_port()
    program = Program(faraway.command(port), output=tmp_path / "log", environment={})
    yield Afar(program, tmp_path, f"http://127.0.0.1:{port}")
    program.stop()


@pytest.fixture
def hub(sqlite_url: str, afar: Afar) -> Iterator[Running]:
    """Run a hub that can ask it about SIMs."""
    source = Source(
        api_root=afar.url, token_url=f"{afar.url}/token", client_id="hub", countries=frozenset({"86"}),
        offers=frozenset({"sim-swap"}),
    )  # fmt: skip
    with running(sqlite_url, sources=[source]) as hub:
        (afar.place / "keys.json").write_text(json.dumps(hub.house.key.public_set()))
        yield hub


@pytest.fixture
def holder(hub: Running) -> Holder:
    """Somebody with an account of their own on the number."""
    holder = Holder(hub.url, language="en")
    holder.ask_code(NUMBER.e164)
    code = code_for(holder.path.removeprefix("/proofs/"), secret=hub.house.key.secret("codes"))
    holder.tell_code(code)
    holder.ask([SHOP])
    answer = Answer(query_id=holder.path.removeprefix("/queries/"), complete=True, bindings=(OWN,))
    record_answers(hub.house.database, SHOP, answers=[answer], now=datetime.now(UTC), policy=hub.house.policy)
    holder.visit(holder.path)
    return holder


def test_the_sim_is_asked_about_before_an_account_is_closed(holder: Holder, afar: Afar) -> None:
    path, cards = holder.path, holder.cards()
    told = [part.text for part in holder.weigh(*cards).having("aria-labelledby")]
    assert "We ask your carrier whether your SIM was changed." in " ".join(told)
    hour = timedelta(hours=1)
    for changed, said in (
        ("away", "could not be checked with the carrier"),
        (datetime.now(UTC) - hour, "was changed a short while ago"),
        (None, ""),
    ):
        if not isinstance(changed, str):
            afar.says(changed)
        holder.visit(path)
        holder.deregister(*cards)
        assert said in " ".join(holder.page.alerts)
        assert len(holder.orders()) == (0 if said else 1)


def test_a_front_hears_of_the_sim_as_well(hub: Running, afar: Afar) -> None:
    at_a_front.join(hub.house)
    known = at_a_front.there(hub.house)
    headers = {
        "Authorization": f"Bearer {hub.token(at_a_front.FRONT, Role.FRONT)}",
        "Jiebang-Proof": known["Jiebang-Proof"], "Content-Type": "application/json",
    }  # fmt: skip
    assert call("GET", f"{hub.url}/holder/v1/closing", headers=headers).json()["sim_checked"] is True
    wish = {"record": known["choices"][0]["record"], "kind": "deregister"}
    body = json.dumps({"orders": [wish]}).encode()
    came = []
    for changed in ("away", datetime.now(UTC) - timedelta(hours=1), None):
        if not isinstance(changed, str):
            afar.says(changed)
        reply = call("POST", f"{hub.url}/holder/v1/orders", body=body, headers=headers)
        came.append((reply.status, reply.json().get("code")))
    assert came == [(503, "sim_unchecked"), (429, "sim_swapped"), (200, None)]
