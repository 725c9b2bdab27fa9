"""A party shows that it holds its key, and is given a token that is good for a while and for us only."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from jiebang.domain.errors import BadToken
from jiebang.domain.letter import ordered
from jiebang.wire.keys import make, public_keys
from jiebang.wire.oauth import (
    AccessTokens,
    Assertion,
    Grant,
    claimed_party,
    read_assertion,
    sign_access_token,
    sign_assertion,
)
from jiebang.wire.tokens import Route, sign_letters
from tests.build import NOW, ORDER, POLICY
from tests.wire.forge import header_of, payload_of, signed, tampered, unsigned, verify

HUB, PARTY, STRANGER = make(), make(), make()
ISSUER, ENDPOINT = "https://hub.example", "https://hub.example/oauth/token"
SECOND = timedelta(seconds=1)
LEEWAY = 30 * SECOND
NOW_S = int(NOW.timestamp())
LIFE = int(POLICY.assertion_life.total_seconds())
CLAIMS = {
    "iss": "par_shop", "sub": "par_shop", "aud": ENDPOINT, "jti": "one", "iat": NOW_S, "exp": NOW_S + 60,
}  # fmt: skip
GRANT = Grant(party_id="par_shop", scopes=frozenset({"answers.write", "ssf.read"}))


def shown(assertion: str, now: datetime = NOW) -> Assertion:
    """Show the hub an assertion."""
    keys = public_keys(PARTY.public_set())
    longest = POLICY.assertion_life
    return read_assertion(assertion, keys, audiences=(ISSUER, ENDPOINT), now=now, longest=longest)


def token(life: timedelta = POLICY.token_life) -> str:
    """Grant an access token."""
    return sign_access_token(GRANT, ISSUER, key=HUB, now=NOW, life=life)


def called(access_token: str, now: datetime = NOW, issuer: str = ISSUER) -> Grant:
    """Call the hub with an access token."""
    return AccessTokens(public_keys(HUB.public_set()), issuer=issuer).read(access_token, now=now)


def claims_of(access_token: str) -> dict[str, object]:
    """Take a token's claims out."""
    claims: dict[str, object] = json.loads(payload_of(access_token))
    return claims


@pytest.mark.parametrize("audience", [ISSUER, ENDPOINT])
def test_a_partys_assertion_says_who_it_is(audience: str) -> None:
    assertion = sign_assertion("par_shop", audience, key=PARTY, now=NOW)
    assert claimed_party(assertion) == "par_shop"
    assert shown(assertion).party_id == "par_shop"


def test_an_assertion_counts_as_used_for_as_long_as_it_could_be_used() -> None:
    read = shown(signed(CLAIMS, key=PARTY, typ="JWT"))
    assert (read.jti, read.until) == ("one", NOW + 60 * SECOND + LEEWAY)


def test_no_two_assertions_are_the_same_one() -> None:
    assertions = {shown(sign_assertion("par_shop", ISSUER, key=PARTY, now=NOW)).jti for _ in range(5)}
    assert len(assertions) == 5


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"aud": [ENDPOINT, "https://elsewhere.example"]},
        {"exp": NOW_S + LIFE},
        {"iat": NOW_S + 30, "exp": NOW_S + 31},
        {"iat": NOW_S - 89, "exp": NOW_S - 29},
        {"iat": NOW_S - 0.5},
    ],
)
def test_an_assertion_within_its_bounds_is_good(right: dict[str, object]) -> None:
    assert shown(signed({**CLAIMS, **right}, key=PARTY, typ="JWT")).party_id == "par_shop"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "par_other"},
        {"sub": "par_other"},
        {"iss": None, "sub": None},
        {"iss": 7, "sub": 7},
        {"aud": "https://elsewhere.example/oauth/token"},
        {"aud": []},
        {"aud": None},
        {"aud": {"is": ENDPOINT}},
        {"aud": [{"is": ENDPOINT}]},
        {"jti": None},
        {"jti": 7},
        {"jti": ""},
        {"jti": "x" * 257},
        {"jti": "a\x00b"},  # PostgreSQL cannot keep this
        {"exp": NOW_S + LIFE + 1},
        {"iat": NOW_S + 31, "exp": NOW_S + 60},
        {"iat": NOW_S - 90, "exp": NOW_S - 30},
        {"exp": None},
        {"iat": None},
        {"iat": "now"},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**30},
        {"exp": 253402300799},  # the calendar's last second
        {"iat": -62135596800},  # and its first
    ],
)
def test_an_assertion_that_is_wrong_in_anything_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadToken):
        shown(signed({**CLAIMS, **wrong}, key=PARTY, typ="JWT"))


DEEP = "[" * 5_000 + "]" * 5_000


@pytest.mark.parametrize(
    "assertion",
    [
        sign_assertion("par_shop", ISSUER, key=STRANGER, now=NOW),
        unsigned(sign_assertion("par_shop", ISSUER, key=PARTY, now=NOW)),
        tampered(sign_assertion("par_other", ISSUER, key=PARTY, now=NOW), iss="par_shop", sub="par_shop"),
        signed([CLAIMS], key=PARTY, typ="JWT"),
        signed("no JSON", key=PARTY, typ="JWT"),
        signed(DEEP, key=PARTY, typ="JWT"),
        "",
        "a.b",
        "a.b.c",
        "….….…",
    ],
    ids=range(10),
)
def test_what_the_party_did_not_sign_is_refused(assertion: str) -> None:
    with pytest.raises(BadToken):
        shown(assertion)


@pytest.mark.parametrize(
    "assertion",
    [
        signed("no JSON", key=PARTY, typ="JWT"),
        signed([1], key=PARTY, typ="JWT"),
        signed(DEEP, key=PARTY, typ="JWT"),
        signed({**CLAIMS, "sub": None}, key=PARTY, typ="JWT"),
        signed({**CLAIMS, "sub": ["par_shop"]}, key=PARTY, typ="JWT"),
        signed({**CLAIMS, "sub": "par_\x00"}, key=PARTY, typ="JWT"),
        "",
        "a.b.c",
        "….….…",
    ],
    ids=range(9),
)
def test_what_names_no_party_is_refused(assertion: str) -> None:
    with pytest.raises(BadToken):
        claimed_party(assertion)


def test_an_access_token_says_who_may_do_what() -> None:
    assert called(token()) == GRANT


def test_an_access_token_is_as_rfc_9068_wants_it() -> None:
    [public] = HUB.public_set()["keys"]
    verify(token(), public)
    claims = json.loads(payload_of(token()))
    assert header_of(token())["typ"] == "at+jwt"
    assert set(claims) == {"iss", "aud", "sub", "client_id", "scope", "jti", "iat", "exp"}
    assert claims["scope"] == "answers.write ssf.read"
    assert datetime.fromtimestamp(claims["exp"], UTC) == NOW + POLICY.token_life


def test_an_access_token_is_good_until_its_last_instant() -> None:
    assert called(token(), now=NOW + POLICY.token_life - SECOND) == GRANT
    with pytest.raises(BadToken):
        called(token(), now=NOW + POLICY.token_life)


@pytest.mark.parametrize(
    "wrong",
    [
        sign_access_token(GRANT, ISSUER, key=STRANGER, now=NOW, life=LEEWAY),
        sign_access_token(GRANT, "https://other.example", key=HUB, now=NOW, life=LEEWAY),
        signed({**claims_of(token()), "aud": "https://other.example"}, key=HUB, typ="at+jwt"),
        signed({**claims_of(token()), "iss": "https://other.example"}, key=HUB, typ="at+jwt"),
        unsigned(token()),
        tampered(token(), scope="ssf.manage"),
        tampered(token(), exp=NOW_S + 10**6),
        "",
        "a.b.c",
    ],
)
def test_an_access_token_that_is_not_ours_is_refused(wrong: str) -> None:
    with pytest.raises(BadToken):
        called(wrong)


def test_a_token_that_is_known_is_refused_all_the_same_when_it_is_over() -> None:
    tokens, given = AccessTokens(public_keys(HUB.public_set()), issuer=ISSUER), token(life=10 * SECOND)
    assert [tokens.read(given, now=NOW + after * SECOND) for after in (0, 1, 9)] == [GRANT] * 3
    for after in (10, 11, 9_999):
        with pytest.raises(BadToken):
            tokens.read(given, now=NOW + after * SECOND)
    for wrong in (given[:-1], tampered(given, scope="ssf.manage")):
        with pytest.raises(BadToken):
            tokens.read(wrong, now=NOW)


@pytest.mark.parametrize("typ", ["JWT", "secevent+jwt", "jwt", None])
def test_nothing_else_that_we_signed_passes_for_an_access_token(typ: str | None) -> None:
    with pytest.raises(BadToken):
        called(signed(claims_of(token()), key=HUB, typ=typ))
    route = Route(issuer=ISSUER, audience=ISSUER, stream_id="str_1")
    letters = sign_letters([ordered(ORDER)], route, key=HUB)
    with pytest.raises(BadToken):
        called(letters["set_ord_1"])


def test_neither_a_letter_nor_an_access_token_passes_for_an_assertion() -> None:
    route = Route(issuer="par_shop", audience=ENDPOINT, stream_id="str_1")
    letter = sign_letters([ordered(ORDER)], route, key=PARTY)["set_ord_1"]
    access = sign_access_token(GRANT, ISSUER, key=PARTY, now=NOW, life=LEEWAY)
    for other in (letter, access, signed(CLAIMS, key=PARTY, typ="at+jwt")):
        with pytest.raises(BadToken):
            shown(other)
