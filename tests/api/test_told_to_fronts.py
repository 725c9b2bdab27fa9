"""The page for fronts is run: each call that it shows is made, in its order, and answers as it shows."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from jiebang.domain.calendar import Calendar
from jiebang.flows.set_change_url import set_change_url
from jiebang.wire.codes import code_for
from tests.api.asking import RECORD, answer
from tests.api.front import OWN, Front
from tests.api.hub import SHOP, Hub
from tests.build import BEIJING, NUMBER
from tests.wire.forge import payload_of
from tools.fill_docs import DOCS

PAGE = (DOCS / "protocol/holder.md").read_text()
SHOWN = re.compile(r"```http\n(?P<asked>.*?)```(?:\n\n```json\n(?P<answered>.*?)```)?", re.DOTALL)


@dataclass(slots=True)
class Reader:
    """A front's developer, who types what the page shows."""

    front: Front
    real: dict[str, str] = field(default_factory=dict)
    """What stands at the hub for each id of the page."""

    def __post_init__(self) -> None:
        """Know beforehand what the page cannot know."""
        set_change_url(self.front.hub.house.database, SHOP, url="https://bluebird.example/number")
        self.real |= {"+8613700137001": NUMBER.e164, "par_bluebird": SHOP, "eyJ…": self.front.signed()}

    def typed(self, text: str) -> str:
        """Put in what the hub has given."""
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return text

    def call(self, asked: str) -> Any:  # noqa: ANN401 - JSON
        """Make a call as it is shown; gives what it answers."""
        line, _, body = self.typed(asked).partition("\n")
        method, path = line.split()
        reply = self.front.call(
            method, path.removeprefix("/holder/v1"), json.loads(body) if body.strip() else None
        )
        assert reply.status_code < 300, (line, reply.text)
        return reply.json() if reply.headers.get("content-type") == "application/json" else None

    def compare(self, shown: object, real: object) -> None:
        """Hold that an answer has the shape that is shown, and learn what the ids of the page stand for."""
        assert type(shown) is type(real), (shown, real)
        if isinstance(shown, dict) and isinstance(real, dict):
            assert shown.keys() == real.keys()
            for name, value in shown.items():
                self.compare(value, real[name])
        elif isinstance(shown, list) and isinstance(real, list) and shown:
            assert real, shown
            self.compare(shown[0], real[0])
        elif isinstance(shown, str) and shown.endswith("_example"):
            self.real[shown] = str(real)

    def go_on(self, answered: Any) -> None:  # noqa: ANN401 - JSON
        """Do what others do after a call: a code comes, a proof is kept, the shop answers."""
        said = answered if isinstance(answered, dict) else {}
        if "proof_id" in said:
            self.real["482913"] = code_for(said["proof_id"], secret=self.front.hub.house.key.secret("codes"))
        self.front.proof = said.get("proof", self.front.proof)
        if "asked_at" in said:
            self.real["qry_example"] = said["id"]
            record = RECORD | {"last_used": "2025-11-02T00:00:00Z", "other_logins": 1, "can": ["unbind"]}
            told = {
                "answers": [answer(said["id"], record, OWN | {"conditions": ["empty it"], "other_logins": 0})]
            }
            self.front.hub.call("POST", "/platform/v1/answers", told)


@pytest.fixture
def reader(hub: Hub) -> Reader:
    """Sit somebody down with the page."""
    return Reader(Front(hub))


def test_what_is_shown_to_fronts_is_what_happens(reader: Reader) -> None:
    made = set()
    for shown in SHOWN.finditer(PAGE):
        answered = reader.call(shown["asked"])
        if shown["answered"]:
            reader.compare(json.loads(shown["answered"]), answered)
        reader.go_on(answered)
        made.add(shown["asked"].split("\n")[0])
    openapi = reader.front.hub.calls.get("/openapi.json").json()
    described = {
        f"{method.upper()} {path}" for path, ways in openapi["paths"].items()
        for method in ways if path.startswith("/holder")
    }  # fmt: skip
    told = {re.sub(r"(prf|qry|ord)_example", "{}", one) for one in made}
    assert {re.sub(r"\{\w+\}", "{}", one) for one in described} == told


def test_the_deadline_that_is_shown_is_one_that_there_is() -> None:
    (shown,) = (json.loads(one[1]) for one in SHOWN.findall(PAGE) if '"placed_at"' in one[1])
    (order,) = shown["orders"]
    placed_at, due = (datetime.fromisoformat(order[name]) for name in ("placed_at", "due"))
    assert Calendar(country="CN", zone=BEIJING).end_of_workday(5, after=placed_at) == due


def test_every_claim_of_a_showing_is_told(reader: Reader) -> None:
    claims = json.loads(payload_of(reader.front.signed()))
    assert {f"`{name}`" for name in claims} <= set(re.findall(r"`\w+`", PAGE))
