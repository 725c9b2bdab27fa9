"""A front at a hub: a carrier's app that has shown itself, and a holder in front of it."""

from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from jiebang.domain.number import Number
from jiebang.domain.showing import ShownBy
from jiebang.wire.codes import code_for
from jiebang.wire.showings import sign_showing
from tests.api.asking import RECORD, answer
from tests.api.hub import FRONT, ISSUER, SHOP, Hub
from tests.build import NUMBER

OWN = RECORD | {"handle": "account-2", "bound": RECORD["bound"] | {"at": "2026-06-18T00:00:00+08:00"}}
"""What the shop says of an account of the present holder's."""


@dataclass(slots=True)
class Front:
    """An app, and the proof that it was given."""

    hub: Hub
    by: str = FRONT
    proof: str = ""

    def call(self, method: str, path: str, said: object = None) -> Response:
        """Call for the holder."""
        return self.hub.call(method, f"/holder/v1{path}", said, by=self.by, proof=self.proof)

    def signed(self, shown_by: ShownBy = ShownBy.IN_PERSON, number: Number = NUMBER) -> str:
        """Sign that a holder has shown a number."""
        key, now = self.hub.keys[self.by], self.hub.clock()
        return sign_showing(self.by, ISSUER, number=number, shown_by=shown_by, key=key, now=now)

    def claim(self, assertion: str) -> Response:
        """Hand a signed word in."""
        return self.call("POST", "/assertions", {"assertion": assertion})

    def prove(self, shown_by: ShownBy = ShownBy.IN_PERSON, number: Number = NUMBER) -> "Front":
        """Prove a number by one's own word."""
        given = self.claim(self.signed(shown_by, number))
        assert given.status_code == 201
        self.proof = given.json()["proof"]
        return self

    def start(self) -> str:
        """Have a code sent; returns the proof's id."""
        return str(self.call("POST", "/proofs", {"number": NUMBER.e164}).json()["proof_id"])

    def tell(self, proof_id: str, code: str = "") -> Response:
        """Tell a code, the right one unless told which."""
        right = code_for(proof_id, secret=self.hub.house.key.secret("codes"))
        return self.call("POST", f"/proofs/{proof_id}/code", {"code": code or right})

    def ask(self, *records: dict[str, Any]) -> dict[str, Any]:
        """Ask the shop, let it tell of these records, and see them."""
        query_id = self.call("POST", "/queries", {"platforms": [SHOP]}).json()["id"]
        told = {"answers": [answer(query_id, *(records or (RECORD, OWN)))]}
        (verdict,) = self.hub.call("POST", "/platform/v1/answers", told).json()["results"]
        assert verdict["status"] == "recorded"
        return dict(self.call("GET", f"/queries/{query_id}").json())

    def order(self, *wishes: tuple[str, str]) -> Response:
        """Order something about records."""
        said = [{"record": record, "kind": kind} for record, kind in wishes]
        return self.call("POST", "/orders", {"orders": said})

    def free(self) -> str:
        """Ask, and order that the record that was left behind lose the number; returns the order's id."""
        seen = self.ask()
        left = next(one for one in seen["records"] if one["origin"] == "inherited")
        return str(self.order((left["id"], "unbind")).json()["orders"][0]["id"])


def code_of(refused: Response) -> tuple[int, str]:
    """Say how a call was refused, where it was."""
    return refused.status_code, str(refused.json().get("code"))
