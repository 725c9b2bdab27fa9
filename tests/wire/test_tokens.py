"""A letter is signed so that its platform can be sure of it, and anybody else's is refused."""

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature

from jiebang.domain.errors import BadToken, NotALetter, Refusal
from jiebang.domain.letter import Event, Letter, ordered
from jiebang.wire.keys import Key, make, public_keys
from jiebang.wire.tokens import ReceivedLetter, Route, fingerprint, read_letter, sign_letters
from tests.build import NOW, NUMBER, ORDER
from tests.wire.forge import header_of, payload_of, signed, tampered, unsigned, verify

KEY, STRANGER = make(), make()
ROUTE = Route(issuer="https://hub.example", audience="par_shop", stream_id="str_1")
LETTER = ordered(replace(ORDER, label="张**"))
VERIFICATION = Letter(
    jti="set_2",
    platform_id="par_shop",
    event=Event.VERIFICATION,
    said={"state": "七"},
    written_at=NOW,
    leave_at=NOW,
)
SAID = {
    "iss": "https://hub.example",
    "aud": "par_shop",
    "jti": "set_ord_1",
    "iat": int(NOW.timestamp()),
    "sub_id": {"format": "phone_number", "phone_number": NUMBER.e164},
    "events": {LETTER.event.value: dict(LETTER.said)},
}


def sign_letter(letter: Letter, route: Route, *, key: Key) -> str:
    """Sign one letter, as the hub signs many."""
    return sign_letters([letter], route, key=key)[letter.jti]


def received(token: str) -> ReceivedLetter:
    """Read a letter as its platform does."""
    keys = public_keys(KEY.public_set())
    return read_letter(token, keys, issuer="https://hub.example", audience="par_shop")


def test_a_letter_arrives_as_it_was_written() -> None:
    wanted = ReceivedLetter(
        jti="set_ord_1", event=LETTER.event, said=LETTER.said, number=NUMBER,
        fingerprint=fingerprint(LETTER, ROUTE),
    )  # fmt: skip
    assert received(sign_letter(LETTER, ROUTE, key=KEY)) == wanted


def test_a_letter_about_the_stream_has_no_number() -> None:
    token = sign_letter(VERIFICATION, ROUTE, key=KEY)
    assert received(token) == ReceivedLetter(
        jti="set_2",
        event=Event.VERIFICATION,
        said={"state": "七"},
        number=None,
        fingerprint=hashlib.sha256(payload_of(token)).hexdigest(),
    )
    assert json.loads(payload_of(token))["sub_id"] == {"format": "opaque", "id": "str_1"}


def test_the_claims_are_those_of_the_protocol_and_no_more() -> None:
    token = sign_letter(LETTER, ROUTE, key=KEY)
    assert json.loads(payload_of(token)) == SAID
    assert header_of(token) == {"alg": "ES256", "typ": "secevent+jwt", "kid": KEY.id}


@pytest.mark.parametrize("letter", [LETTER, VERIFICATION], ids=["order", "verification"])
def test_there_is_no_sub_and_no_exp(letter: Letter) -> None:
    claims = json.loads(payload_of(sign_letter(letter, ROUTE, key=KEY)))
    assert {"sub", "exp", "nbf"}.isdisjoint(claims)


@pytest.mark.parametrize("letter", [LETTER, VERIFICATION], ids=["order", "verification"])
def test_what_is_signed_is_the_same_each_time(letter: Letter) -> None:
    first, second = (sign_letter(letter, ROUTE, key=KEY) for _ in range(2))
    assert payload_of(first) == payload_of(second)
    assert first.split(".")[0] == second.split(".")[0]


def test_another_library_finds_the_signature_good() -> None:
    [public] = KEY.public_set()["keys"]
    token = sign_letter(LETTER, ROUTE, key=KEY)
    verify(token, public)
    with pytest.raises(InvalidSignature):
        verify(tampered(token, jti="set_9"), public)


@pytest.mark.parametrize(
    "token",
    [
        sign_letter(LETTER, ROUTE, key=STRANGER),
        sign_letter(LETTER, replace(ROUTE, issuer="https://other.example"), key=KEY),
        sign_letter(LETTER, replace(ROUTE, audience="par_other"), key=KEY),
        signed(SAID, key=KEY, typ="JWT"),
        signed(SAID, key=KEY, typ="at+jwt"),
        signed(SAID, key=KEY, typ=None),
        unsigned(sign_letter(LETTER, ROUTE, key=KEY)),
        tampered(sign_letter(LETTER, ROUTE, key=KEY), jti="set_9"),
        signed({**SAID, "aud": ["par_other", "par_third"]}, key=KEY, typ="secevent+jwt"),
        signed({**SAID, "aud": None}, key=KEY, typ="secevent+jwt"),
        signed([SAID], key=KEY, typ="secevent+jwt"),
        signed("no JSON", key=KEY, typ="secevent+jwt"),
        signed("[" * 5_000 + "]" * 5_000, key=KEY, typ="secevent+jwt"),
        "",
        "a.b.c",
        "only words",
    ],
    ids=range(16),
)
def test_what_the_hub_did_not_sign_for_this_platform_is_refused(token: str) -> None:
    with pytest.raises(BadToken) as refused:
        received(token)
    assert refused.value.args == ()


def test_one_of_several_audiences_is_enough() -> None:
    token = signed({**SAID, "aud": ["par_other", "par_shop"]}, key=KEY, typ="secevent+jwt")
    assert received(token).jti == "set_ord_1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": {}},
        {"events": {"a": {}, "b": {}}},
        {"events": []},
        {"events": None},
        {"events": {"a": "words"}},
        {"jti": None},
        {"jti": 7},
        {"sub_id": None},
        {"sub_id": "+8613800138055"},
        {"sub_id": {"format": "phone_number"}},
        {"sub_id": {"format": "phone_number", "phone_number": "13800138055"}},
    ],
)
def test_what_is_signed_well_and_still_no_letter_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(NotALetter) as refused:
        received(signed({**SAID, **wrong}, key=KEY, typ="secevent+jwt"))
    assert isinstance(refused.value, Refusal)
