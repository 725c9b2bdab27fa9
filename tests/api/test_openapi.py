"""OpenAPI says all of the machines' door; that nothing else is answered, every other test here holds."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from jiebang.domain.party import SCOPES
from jiebang.wire.carriers import CHECKS
from tests.api.hub import Hub, Promised

CAMARAS = {check.path for check in CHECKS}
"""These speak CAMARA's words; CAMARA's own definitions hold them."""
OPEN = {
    "/.well-known/oauth-authorization-server",
    "/.well-known/ssf-configuration",
    "/journal/checkpoint",
    "/journal/consistency",
    "/journal/key",
    "/jwks.json",
    "/oauth/token",
}


@pytest.fixture
def described(sqlite_hub: Hub) -> dict[str, Any]:
    """Read the description as anybody would."""
    return dict(sqlite_hub.calls.get("/openapi.json").json())


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Go through what can be done: the path, the method, and what is said of it."""
    for path, ways in described["paths"].items():
        for method, way in ways.items():
            yield path, method, way


def test_the_description_is_valid(described: dict[str, Any]) -> None:
    validate(described)


def test_every_address_that_the_standards_name_is_described(described: dict[str, Any]) -> None:
    said = {f"{method} {path}" for path, method, _ in operations(described)}
    streams = {f"{method} /ssf/stream" for method in ("post", "get", "patch", "put", "delete")}
    polling = {"get /ssf/status", "post /ssf/status", "post /ssf/verify", "post /ssf/poll/{stream_id}"}
    platforms = {"post /platform/v1/answers", "post /platform/v1/outcomes"}
    assert streams | polling | platforms <= said
    assert {path for path, _, _ in operations(described)} >= OPEN


def test_every_door_says_which_scopes_open_it(described: dict[str, Any]) -> None:
    for path, method, way in operations(described):
        scopes = {scope for one in way.get("security", []) for scope in one["OAuth2"]}
        assert bool(scopes) == (path not in OPEN), (method, path)
        assert scopes <= {scope for several in SCOPES.values() for scope in several}
    (scheme,) = described["components"]["securitySchemes"].values()
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == "/oauth/token"


def test_any_one_of_the_scopes_that_are_named_is_enough(described: dict[str, Any]) -> None:
    read = described["paths"]["/ssf/stream"]["get"]["security"]
    assert read == [{"OAuth2": ["ssf.read"]}, {"OAuth2": ["ssf.manage"]}]


def test_every_refusal_is_shown_with_its_code_and_sentence(described: dict[str, Any]) -> None:
    for path, method, way in operations(described):
        for status, response in way["responses"].items():
            if status < "400" or path == "/oauth/token" or path in CAMARAS:
                continue
            examples = response["content"]["application/problem+json"]["examples"]
            assert examples, (method, path)
            for code, example in examples.items():
                assert (example["value"]["code"], str(example["value"]["status"])) == (code, status)
                assert example["value"]["title"].endswith((".", "!"))


def test_every_door_says_that_it_wants_a_token(described: dict[str, Any]) -> None:
    for path, method, way in operations(described):
        if path not in OPEN:
            assert "WWW-Authenticate" in way["responses"]["401"]["headers"], (method, path)
    assert "Retry-After" in described["paths"]["/ssf/verify"]["post"]["responses"]["429"]["headers"]


def test_every_thing_that_can_be_done_is_said_in_words(described: dict[str, Any]) -> None:
    assert [path for path, _, way in operations(described) if not way.get("description")] == []


def test_what_is_not_described_and_is_answered_is_found() -> None:
    app = FastAPI()

    @app.get("/teapot", status_code=201)
    def _teapot() -> str:
        return "short and stout"

    promised = Promised(app, {"paths": {"/teapot": {"get": {"responses": {"200": {}}}}}})
    TestClient(promised).get("/teapot")
    assert promised.broken == ["GET /teapot: 201 application/json"]
