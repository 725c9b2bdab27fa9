"""A hub that ends while platforms wait at their mailboxes."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.flows.open_stream import open_stream
from jiebang.sandbox.program import Program, free_port, installed
from jiebang.sandbox.web import call, is_up
from jiebang.store.database import Database
from jiebang.wire import keys
from jiebang.wire.oauth import Grant, sign_access_token
from tests.api.hub import SHOP
from tests.build import POLICY


def waiting_place(place: Path, url: str) -> tuple[str, dict[str, str]]:
    """Let a platform join and open its stream; gives where it polls, and with what."""
    database, now = Database(f"sqlite:///{place / 'hub.db'}"), datetime.now(UTC)
    add_party(database, Party(id=SHOP, role=Role.PLATFORM, name="青鸟商城", jwks={}), now=now)
    stream = open_stream(database, SHOP, events=(), description=None)
    database.close()
    grant = Grant(party_id=SHOP, scopes=frozenset({"ssf.read"}))
    key = keys.read(place / "hub-key.json")
    token = sign_access_token(grant, url, key=key, now=now, life=POLICY.token_life)
    return f"{url}/ssf/poll/{stream.id}", {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }


def test_a_hub_that_is_told_to_end_does_not_break_the_polls_that_wait(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "JIEBANG_DATABASE_URL": f"sqlite:///{tmp_path / 'hub.db'}",
        "JIEBANG_KEY_FILE": str(tmp_path / "hub-key.json"),
        "JIEBANG_PUBLIC_URL": url,
    }
    command = [str(installed("jiebang")), "serve", "--port", str(port)]
    hub = Program(command, output=tmp_path / "hub.log", environment=environment)
    hub.start()
    try:
        hub.until("the hub is ready", lambda: is_up(f"{url}/healthz"))
        address, headers = waiting_place(tmp_path, url)
        with ThreadPoolExecutor(1) as thread:
            held = thread.submit(call, "POST", address, body=b"{}", headers=headers)
            time.sleep(0.5)
            assert not held.done(), "the poll waits"
            hub.stop()
            assert held.exception() is not None or held.result().status == 200
    finally:
        hub.stop()
    assert "Traceback" not in hub.said()
