"""Tokens: to whom they are given, what they say, and what they open."""

from datetime import timedelta

import pytest

from jiebang.domain.party import SCOPES, Role
from jiebang.wire import keys
from jiebang.wire.oauth import Grant, sign_access_token, sign_assertion
from tests.api.hub import CARRIER, ISSUER, SHOP, Hub
from tests.wire.forge import signed, tampered, unsigned


def test_the_metadata_says_where_and_how_to_get_a_token(sqlite_hub: Hub) -> None:
    said = sqlite_hub.calls.get("/.well-known/oauth-authorization-server").json()
    assert said["issuer"] == ISSUER
    assert said["token_endpoint"] == f"{ISSUER}/oauth/token"
    assert said["jwks_uri"] == f"{ISSUER}/jwks.json"
    assert said["grant_types_supported"] == ["client_credentials"]
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert said["token_endpoint_auth_signing_alg_values_supported"] == ["ES256"]
    assert said["response_types_supported"] == []
    assert {"ssf.manage", "ssf.read", "answers.write", "outcomes.write"} <= set(said["scopes_supported"])


def test_the_hubs_keys_are_public_and_hold_no_secret(sqlite_hub: Hub) -> None:
    (key,) = sqlite_hub.calls.get("/jwks.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_whoever_holds_a_partys_key_gets_a_token_that_nobody_may_store(hub: Hub) -> None:
    given = hub.grant(SHOP)
    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    said = given.json()
    assert said["token_type"] == "Bearer"
    assert said["expires_in"] == hub.house.policy.token_life.total_seconds()
    assert said["scope"] == " ".join(sorted(SCOPES[Role.PLATFORM]))


def test_an_assertion_is_good_for_the_token_endpoints_own_address_too(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    assertion = sign_assertion(SHOP, f"{ISSUER}/oauth/token", key=hub.keys[SHOP], now=hub.clock())
    assert hub.grant(SHOP, client_assertion=assertion).status_code == 200


def test_a_token_allows_no_more_than_was_asked_for(hub: Hub) -> None:
    token = hub.grant(SHOP, scope="ssf.read").json()["access_token"]
    own = {"Authorization": f"Bearer {token}"}
    assert hub.calls.get("/ssf/stream", headers=own).json() == []
    refused = hub.calls.post("/ssf/stream", headers=own, json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:other"}, 400, "invalid_request"),
        ({"client_assertion": ""}, 400, "invalid_request"),
        ({"client_assertion": "not.a.token"}, 401, "invalid_client"),
        ({"client_assertion": "nothing"}, 401, "invalid_client"),
        ({"scope": "changes.write"}, 400, "invalid_scope"),
        ({"scope": "ssf.read everything"}, 400, "invalid_scope"),
    ],
)
def test_a_request_for_a_token_that_is_wrong_is_told_why(
    sqlite_hub: Hub, said: dict[str, str], status: int, error: str
) -> None:
    refused = sqlite_hub.grant(SHOP, **said)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert refused.json()["error_description"]
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "https://elsewhere.example"}, "for somebody else"),
        ({"iss": CARRIER}, "from somebody else"),
        ({"jti": None}, "that cannot be told apart from another"),
        ({"exp": 10}, "that is over"),
        ({"exp": 400 + 4_000_000_000}, "that lives too long"),
        ({"exp": "soon"}, "with no end"),
        ({"sub": "par_nobody", "iss": "par_nobody"}, "of nobody who has joined"),
    ],
)
def test_an_assertion_is_not_trusted(sqlite_hub: Hub, changes: dict[str, object], why: str) -> None:
    now = int(sqlite_hub.clock().timestamp())
    claims = {"iss": SHOP, "sub": SHOP, "aud": ISSUER, "jti": "one", "iat": now, "exp": now + 60, **changes}
    assertion = signed(claims, key=sqlite_hub.keys[SHOP], typ="JWT")
    refused = sqlite_hub.grant(SHOP, client_assertion=assertion)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client"), why


def test_an_assertion_by_another_key_is_not_trusted(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    for key in (hub.keys[CARRIER], keys.make()):
        forged = sign_assertion(SHOP, ISSUER, key=key, now=hub.clock())
        assert hub.grant(SHOP, client_assertion=forged).status_code == 401


def test_an_assertion_is_good_for_one_use(hub: Hub) -> None:
    assertion = sign_assertion(SHOP, ISSUER, key=hub.keys[SHOP], now=hub.clock())
    given = [hub.grant(SHOP, client_assertion=assertion).status_code for _ in range(3)]
    assert given == [200, 401, 401]


def test_a_call_without_a_token_is_told_that_one_is_needed(sqlite_hub: Hub) -> None:
    for headers in ({}, {"Authorization": "Basic c2hvcDpzaG9w"}, {"Authorization": "Bearer"}):
        refused = sqlite_hub.calls.get("/ssf/stream", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "bad_token")
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert refused.headers["content-type"] == "application/problem+json"


def test_a_token_that_is_not_the_hubs_own_and_good_now_opens_nothing(sqlite_hub: Hub) -> None:
    hub = sqlite_hub
    grant, life = Grant(party_id=SHOP, scopes=frozenset({"ssf.read"})), timedelta(minutes=10)
    token = hub.token(SHOP)
    bad = [
        sign_access_token(grant, ISSUER, key=keys.make(), now=hub.clock(), life=life),
        sign_access_token(grant, "https://other.example", key=hub.house.key, now=hub.clock(), life=life),
        sign_access_token(grant, ISSUER, key=hub.house.key, now=hub.clock() - 2 * life, life=life),
        sign_assertion(SHOP, ISSUER, key=hub.house.key, now=hub.clock()),
        unsigned(token),
        tampered(token, sub=CARRIER),
        "nothing",
    ]
    for one in bad:
        own = {"Authorization": f"Bearer {one}"}
        assert hub.calls.get("/ssf/stream", headers=own).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/ssf/stream"), ("GET", "/ssf/stream"), ("GET", "/ssf/status?stream_id=str_1"),
        ("POST", "/ssf/poll/str_1"), ("POST", "/platform/v1/answers"), ("POST", "/platform/v1/outcomes"),
    ],
)  # fmt: skip
def test_a_carriers_token_does_not_open_a_platforms_doors(sqlite_hub: Hub, method: str, path: str) -> None:
    refused = sqlite_hub.call(method, path, {"answers": [], "outcomes": []}, by=CARRIER)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
