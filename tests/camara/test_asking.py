"""Whoever may ask is answered: one by one, by the thousand, by carriers without a feed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jiebang.domain.tenure import ChangeKind
from jiebang.flows.load_changes import load_changes
from jiebang.sandbox.program import Program, free_port
from jiebang.sandbox.web import Reply, call, is_up
from jiebang.wire.carriers import NotSources, Source, read_sources
from tests.build import NOW, NUMBER, OTHER_NUMBER, POLICY, change, on
from tests.camara.hub import FREE, Running, running
from tests.faraway import command
from tests.memory import CARRIER

RECYCLING, TENURE = "/number-recycling/v0.2/check", "/kyc-tenure/v0.2/check-tenure"
AWAY = "http://127.0.0.1:1"
AFAR, TAKEN_OVER = "+8613900139001", "+8613900139002"
LINES = {AFAR: "2020-05-01", TAKEN_OVER: "2026-05-01"}


def ask(hub: Running, path: str, /, **said: object) -> Reply:
    """Ask as a platform."""
    headers = {"Authorization": f"Bearer {hub.token()}", "Content-Type": "application/json"}
    return call("POST", hub.url + path, body=json.dumps(said).encode(), headers=headers)


def code(reply: Reply) -> tuple[int, str]:
    """Read a refusal."""
    assert reply.header("Content-Type") == "application/json"
    return reply.status, reply.json()["code"]


@pytest.fixture(scope="module")
def faraway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, int, Path]]:
    """Run a carrier without a feed as a process of its own."""
    place, port = tmp_path_factory.mktemp("faraway"), free_port()
    (place / "lines.json").write_text(json.dumps({number: {"since": day} for number, day in LINES.items()}))
    program = Program(command(port), output=place / "log", environment={})
    yield program, port, place
    program.stop()


@pytest.fixture
def hub(database_url: str, faraway: tuple[Program, int, Path]) -> Iterator[Running]:
    """Run a hub that may ask the faraway carrier, and one that nobody can reach."""
    program, port, place = faraway
    url = f"http://127.0.0.1:{port}"
    sources = [
        Source(api_root=url, token_url=f"{url}/token", client_id="hub", countries=frozenset({"86"})),
        Source(api_root=AWAY, token_url=AWAY, client_id="hub", countries=frozenset({"44"})),
    ]  # fmt: skip
    with running(database_url, sources=sources) as hub:
        program.stop()
        (place / "keys.json").write_text(json.dumps(hub.house.key.public_set()))
        program.start()
        program.until("the carrier answers", lambda: True if is_up(url) is not None or _there(url) else None)
        yield hub


def _there(url: str) -> bool:
    try:
        return call("POST", f"{url}/token").status == 401
    except Exception:  # noqa: BLE001 - not there yet
        return False


@pytest.mark.parametrize(
    ("day", "recycled"),
    # East of Greenwich the calendar's first day begins before the calendar.
    [("0001-01-01", True), ("2026-03-01", True), ("2026-03-02", False), ("2026-03-03", False)],
)
def test_a_number_changed_hands_after_each_day_before_it_was_assigned(
    hub: Running, day: str, *, recycled: bool
) -> None:
    asked = ask(hub, RECYCLING, phoneNumber=NUMBER.e164, specifiedDate=day)
    assert (asked.status, asked.json()) == (200, {"phoneNumberRecycled": recycled})
    held = ask(hub, TENURE, phoneNumber=NUMBER.e164, tenureDate=day)
    assert (held.status, held.json()) == (200, {"tenureDateCheck": not recycled})
    batch = ask(hub, "/recycled/v1/check", pairs=[{"number": NUMBER.e164, "on": day}])
    assert (batch.status, batch.json()) == (200, {"recycled": ["yes" if recycled else "no"]})


def test_a_number_that_nobody_holds_is_not_found(hub: Running) -> None:
    for number in (OTHER_NUMBER.e164, "+8613900139009", "+123456789"):
        assert code(ask(hub, RECYCLING, phoneNumber=number, specifiedDate="2024-01-01")) == (
            404,
            "IDENTIFIER_NOT_FOUND",
        )
    gone = [change(ChangeKind.DISCONNECTED, on(2026, 5, 1))]
    load_changes(hub.house.database, CARRIER, changes=gone, now=NOW, policy=POLICY)
    aging = ask(hub, TENURE, phoneNumber=NUMBER.e164, tenureDate="2026-04-01")
    assert code(aging) == (404, "IDENTIFIER_NOT_FOUND")


def test_what_the_hub_does_not_know_the_carriers_are_asked(hub: Running) -> None:
    for number, recycled in [(AFAR, False), (TAKEN_OVER, True)]:
        asked = ask(hub, RECYCLING, phoneNumber=number, specifiedDate="2024-01-01")
        assert (asked.status, asked.json()) == (200, {"phoneNumberRecycled": recycled})
        held = ask(hub, TENURE, phoneNumber=number, tenureDate="2024-01-01")
        assert held.json() == {"tenureDateCheck": not recycled}


def test_a_carrier_that_does_not_answer_is_not_taken_for_one_that_does_not_know(hub: Running) -> None:
    silent = ask(hub, RECYCLING, phoneNumber="+447911123456", specifiedDate="2024-01-01")
    assert code(silent) == (503, "UNAVAILABLE")


def test_what_is_not_there_is_told_in_camaras_words(hub: Running) -> None:
    known_by = {"x-correlator": "ours-1"}
    method = call("GET", hub.url + RECYCLING, headers=known_by)
    assert (code(method), method.header("x-correlator")) == ((405, "METHOD_NOT_ALLOWED"), "ours-1")
    address = call("POST", hub.url + "/kyc-tenure/v0.1/check-tenure", headers=known_by)
    assert (code(address), address.header("x-correlator")) == ((404, "NOT_FOUND"), "ours-1")


@pytest.mark.parametrize("correlator", ["a b", "ä", "x" * 257, "a'"])
def test_a_correlator_that_is_none_is_refused_and_not_given_back(hub: Running, correlator: str) -> None:
    headers = {
        "Authorization": f"Bearer {hub.token()}",
        "x-correlator": correlator.encode().decode("latin-1"),
    }
    reply = call("POST", hub.url + RECYCLING, body=b"{}", headers=headers)
    assert (code(reply), reply.header("x-correlator")) == ((400, "INVALID_ARGUMENT"), None)


def test_thousands_of_pairs_are_answered_at_once(hub: Running) -> None:
    told = [
        (NUMBER.e164, "2020-01-01"), (NUMBER.e164, "2026-03-02"), ("138 0013 8055", "2020-01-01"),
        (AFAR, "2024-01-01"), (TAKEN_OVER, "2024-01-01"), ("+447911123456", "2024-01-01"),
        (FREE, "2024-01-01"),
    ]  # fmt: skip
    pairs = [{"number": number, "on": day} for number, day in told]
    answer = ask(hub, "/recycled/v1/check", pairs=pairs + pairs[:1] * 9_993)
    assert answer.status == 200
    found = answer.json()["recycled"]
    assert found[:7] == ["yes", "no", "no_data", "no", "yes", "no_data", "no_data"]
    assert found[7:] == ["yes"] * 9_993
    assert ask(hub, "/recycled/v1/check", pairs=pairs * 2_000).status == 422
    future = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    assert ask(hub, "/recycled/v1/check", pairs=[{"number": AFAR, "on": future}]).status == 400


def test_a_number_at_rest_is_unassigned(hub: Running) -> None:
    gone = [change(ChangeKind.DISCONNECTED, on(2026, 5, 1))]
    load_changes(hub.house.database, CARRIER, changes=gone, now=NOW, policy=POLICY)
    answer = ask(hub, "/recycled/v1/check", pairs=[{"number": NUMBER.e164, "on": "2024-01-01"}])
    assert answer.json() == {"recycled": ["unassigned"]}


def test_a_list_of_carriers_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "carriers.toml"
    told = ['api_root = "https://a/"', 'token_url = "https://a/t"', 'client_id = "hub"', 'countries = ["86"]']
    path.write_text("\n".join(["[[carrier]]", *told]))
    [source] = read_sources(path)
    assert (source.api_root, source.countries) == ("https://a", frozenset({"86"}))
    assert source.offers == {"number-recycling", "kyc-tenure"}
    path.write_text("\n".join(["[[carrier]]", *told, 'offers = ["sim-swap"]']))
    assert read_sources(path)[0].offers == {"sim-swap"}
    unheard = "\n".join(["[[carrier]]", *told, 'offers = ["device-swap"]'])
    for wrong in ("", "[[carrier]]\n", "carrier = 1", "=", unheard):
        path.write_text(wrong)
        with pytest.raises(NotSources):
            read_sources(path)
