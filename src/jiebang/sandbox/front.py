"""A carrier's app with a holder in front of it: it does by `/holder/v1` what others do at the portal."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jiebang.domain.number import parse
from jiebang.domain.showing import ShownBy
from jiebang.sandbox.holder import SETTLED
from jiebang.sandbox.program import NotAsTold, until
from jiebang.sandbox.web import Reply, call
from jiebang.wire import keys
from jiebang.wire.oauth import ASSERTION_TYPE, sign_assertion
from jiebang.wire.showings import sign_showing

_REFUSED = 400


class Front:
    """The app: its key, its access token, and the proof of whoever holds it at the moment."""

    def __init__(self, hub: str, front_id: str, *, key: Path) -> None:
        self.hub, self.id = hub, front_id
        self._key = keys.read(key)
        self._token = ""
        self.proof = ""

    def ask_code(self, number: str) -> str:
        """Have the hub send a code to a number; returns the proof's id."""
        return str(self.call("POST", "/proofs", said={"number": number})["proof_id"])

    def tell_code(self, proof_id: str, code: str) -> None:
        """Tell the code that the holder has typed in."""
        self.proof = self.call("POST", f"/proofs/{proof_id}/code", said={"code": code})["proof"]

    def vouch(self, number: str, shown_by: ShownBy) -> None:
        """Give one's word that the holder has shown the number."""
        now = datetime.now(UTC)
        word = sign_showing(
            self.id, self.hub, number=parse(number), shown_by=shown_by, key=self._key, now=now
        )
        self.proof = self.call("POST", "/assertions", said={"assertion": word})["proof"]

    def ask(self, platforms: Iterable[str] | None = None) -> str:
        """Ask platforms, all that there are unless told which; returns the query's id."""
        offered = [one["id"] for one in self.call("GET", "/platforms")["platforms"]]
        ticked = offered if platforms is None else list(platforms)
        return str(self.call("POST", "/queries", said={"platforms": ticked})["id"])

    def await_answers(self, query_id: str) -> list[dict[str, Any]]:
        """Look until every platform has answered; returns the records."""

        def answered() -> list[dict[str, Any]] | None:
            seen = self.call("GET", f"/queries/{query_id}")
            done = all(one["standing"] == "answered" for one in seen["platforms"])
            return list(seen["records"]) if done else None

        return until("every platform answers", answered)

    def order(self, records: Iterable[dict[str, Any]], kind: str = "unbind") -> list[dict[str, Any]]:
        """Order the same about records."""
        wishes = [{"record": record["id"], "kind": kind} for record in records]
        return list(self.call("POST", "/orders", said={"orders": wishes})["orders"])

    def await_orders(self) -> list[dict[str, Any]]:
        """Look at the orders until none is under way any more."""

        def settled() -> list[dict[str, Any]] | None:
            orders = self.call("GET", "/orders")["orders"]
            return list(orders) if {order["state"] for order in orders} <= SETTLED else None

        return until("every order is settled", settled)

    def leave(self) -> None:
        """Let the holder go."""
        self.call("DELETE", "/session")

    def call(self, method: str, path: str, *, said: object = None) -> Any:  # noqa: ANN401 - JSON
        """Make a call for the holder; raises `NotAsTold` when it is refused."""
        reply = self.reply(method, path, said=said)
        if reply.status >= _REFUSED:
            raise NotAsTold(f"{method} {path} is refused with {reply.status}: {reply.json()['code']}")
        return reply.json() if reply.body else None

    def reply(self, method: str, path: str, *, said: object = None) -> Reply:
        """Make a call for the holder, however it is answered."""
        headers = {
            "Authorization": f"Bearer {self._access()}",
            "Content-Type": "application/json",
            "Jiebang-Proof": self.proof,
        }
        body = None if said is None else json.dumps(said).encode()
        return call(method, f"{self.hub}/holder/v1{path}", body=body, headers=headers)

    def _access(self) -> str:
        if not self._token:
            assertion = sign_assertion(self.id, self.hub, key=self._key, now=datetime.now(UTC))
            form = {
                "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion,
            }  # fmt: skip
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            reply = call("POST", f"{self.hub}/oauth/token", body=urlencode(form).encode(), headers=headers)
            self._token = reply.json()["access_token"]
        return self._token
