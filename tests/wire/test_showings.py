"""A front's word for a number is good with its own key, for this hub, for a while, and as nothing else."""

from datetime import timedelta

import pytest

from jiebang.domain.errors import BadToken, NotANumber
from jiebang.domain.proof import Showing
from jiebang.domain.showing import BadAssertion, ShownBy
from jiebang.wire.keys import Key, make, public_keys
from jiebang.wire.oauth import read_assertion, sign_assertion
from jiebang.wire.showings import KIND, read_showing, sign_showing
from tests.build import NOW, NUMBER, POLICY
from tests.wire.forge import signed, tampered, unsigned

FRONT, STRANGER = make(), make()
HUB = "https://hub.example"
NOW_S = int(NOW.timestamp())
LIFE = int(POLICY.assertion_life.total_seconds())
SECOND = timedelta(seconds=1)
CLAIMS = {
    "iss": "par_app", "aud": HUB, "jti": "one", "iat": NOW_S, "exp": NOW_S + 60,
    "phone_number": NUMBER.e164, "shown_by": "network",
}  # fmt: skip


def read(showing: str, *, front_id: str = "par_app") -> Showing:
    """Read it as the hub does, with the keys of the front that calls."""
    return read_showing(
        showing, public_keys(FRONT.public_set()), front_id=front_id, audience=HUB, now=NOW,
        longest=POLICY.assertion_life,
    )  # fmt: skip


def written(other: dict[str, object] | None = None, *, key: Key = FRONT, typ: str | None = KIND) -> str:
    """Write a front's word, with some of it otherwise than it should be."""
    return signed({**CLAIMS, **(other or {})}, key=key, typ=typ)


@pytest.mark.parametrize("shown_by", ShownBy)
def test_a_fronts_word_says_whose_number_was_shown_and_how(shown_by: ShownBy) -> None:
    word = read(sign_showing("par_app", HUB, number=NUMBER, shown_by=shown_by, key=FRONT, now=NOW))
    assert (word.front_id, word.number, word.shown_by) == ("par_app", NUMBER, shown_by)
    assert word.until == NOW + 90 * SECOND


def test_no_two_words_are_the_same_one() -> None:
    signs = [
        sign_showing("par_app", HUB, number=NUMBER, shown_by=ShownBy.NETWORK, key=FRONT, now=NOW)
        for _ in range(5)
    ]
    assert len({read(one).jti for one in signs}) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "par_other"}, {"iss": None}, {"aud": "https://elsewhere.example"}, {"aud": None},
        {"jti": None}, {"jti": ""}, {"jti": "a\x00b"}, {"iat": None}, {"exp": None},
        {"exp": NOW_S + LIFE + 1}, {"iat": NOW_S - 90, "exp": NOW_S - 30},
        {"iat": NOW_S + 31, "exp": NOW_S + 60},
        {"shown_by": "hearsay"}, {"shown_by": None}, {"shown_by": ["code"]},
    ],
)  # fmt: skip
def test_a_word_that_is_wrong_in_anything_is_not_taken(wrong: dict[str, object]) -> None:
    read(written())
    with pytest.raises(BadAssertion):
        read(written(wrong))


@pytest.mark.parametrize("number", [None, 7, "", "13800138055", "+86138"])
def test_a_word_for_what_is_no_number_is_told_apart(number: object) -> None:
    with pytest.raises(NotANumber):
        read(written({"phone_number": number}))


@pytest.mark.parametrize(
    "forged",
    [
        written(key=STRANGER), written(typ=None), written(typ="JWT"), unsigned(written()),
        tampered(written(), phone_number="+8613700137001"), "", "a.b.c", "x" * 8000,
    ],
    ids=["wrong key", "no typ", "another typ", "unsigned", "changed", "empty", "no JWS", "long"],
)  # fmt: skip
def test_a_word_that_the_front_did_not_sign_is_not_taken(forged: str) -> None:
    with pytest.raises(BadAssertion):
        read(forged)


def test_one_fronts_word_is_no_good_to_another() -> None:
    with pytest.raises(BadAssertion):
        read(written(), front_id="par_other")


def test_what_a_front_signs_for_its_token_is_no_word_for_a_number_nor_this_an_assertion() -> None:
    keys, longest = public_keys(FRONT.public_set()), POLICY.assertion_life
    with pytest.raises(BadAssertion):
        read(sign_assertion("par_app", HUB, key=FRONT, now=NOW))
    with pytest.raises(BadToken):
        read_assertion(written({"sub": "par_app"}), keys, audiences=(HUB,), now=NOW, longest=longest)
