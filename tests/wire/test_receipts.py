"""A receipt is the platform's word on one outcome of one letter, and on nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.order import Denial
from jiebang.domain.outcome import FalseReceipt, Outcome, Said
from jiebang.wire.keys import Key, make, public_keys
from jiebang.wire.receipts import read_receipt, sign_receipt
from tests.build import NOW
from tests.wire.forge import signed

KEY, STRANGER = make(), make()
HUB = "https://hub.example"
DENIED = Outcome(
    order_id="ord_1", said=Said.DENIED, at=NOW, reason=Denial.OTHER, words="还有余额", letter="ab" * 32
)


def read(receipt: str, outcome: Outcome, *, key: Key = KEY, platform: str = "par_shop") -> Outcome:
    """Read a receipt as the hub does, for an outcome of which it does not know the letter yet."""
    keys = public_keys(key.public_set())
    return read_receipt(receipt, replace(outcome, letter=None), keys=keys, platform=platform, hub=HUB)


RECEIPT = sign_receipt(DENIED, platform="par_shop", hub=HUB, key=KEY)


@pytest.mark.parametrize("outcome", [DENIED, replace(DENIED, said=Said.FULFILLED, reason=None, words=None)])
def test_a_receipt_gives_the_outcome_its_letter(outcome: Outcome) -> None:
    receipt = sign_receipt(outcome, platform="par_shop", hub=HUB, key=KEY)
    assert read(receipt, outcome) == replace(outcome, receipt=receipt)


def test_an_instant_may_be_written_in_any_zone() -> None:
    at = NOW.astimezone(tz=None)
    assert read(RECEIPT, replace(DENIED, at=at)).receipt == RECEIPT


@pytest.mark.parametrize(
    "other",
    [
        replace(DENIED, order_id="ord_2"),
        replace(DENIED, said=Said.ACCEPTED),
        replace(DENIED, at=NOW + timedelta(microseconds=1)),
        replace(DENIED, reason=Denial.OBJECTION),
        replace(DENIED, words=None),
    ],
)
def test_it_fits_nothing_else(other: Outcome) -> None:
    with pytest.raises(FalseReceipt):
        read(RECEIPT, other)


def test_it_is_no_other_platforms_and_for_no_other_hub() -> None:
    for receipt, key, platform in [
        (RECEIPT, STRANGER, "par_shop"),
        (RECEIPT, KEY, "par_social"),
        (sign_receipt(DENIED, platform="par_shop", hub=f"{HUB}/", key=KEY), KEY, "par_shop"),
    ]:
        with pytest.raises(FalseReceipt):
            read(receipt, DENIED, key=key, platform=platform)


@pytest.mark.parametrize("claims", [{}, {"letter": 1, "at": 1}, {"letter": "a", "at": "now"}])
def test_what_is_signed_and_no_receipt_is_refused(claims: dict[str, object]) -> None:
    with pytest.raises(FalseReceipt):
        read(signed(claims, key=KEY, typ="receipt+jwt"), DENIED)


# Of the last letter some bits say nothing (RFC 4648 §3.5): the signature is the same.
@given(at=st.integers(0, len(RECEIPT) - 2), bit=st.integers(0, 6))
def test_one_bit_changed_anywhere_is_found(at: int, bit: int) -> None:
    spoilt = RECEIPT[:at] + chr(ord(RECEIPT[at]) ^ 1 << bit) + RECEIPT[at + 1 :]
    with pytest.raises(FalseReceipt):
        read(spoilt, DENIED)


@pytest.mark.parametrize("receipt", ["", "a.b.c", RECEIPT[:-1], RECEIPT.replace(".", "..")])
def test_what_is_no_token_is_refused(receipt: str) -> None:
    with pytest.raises(FalseReceipt):
        read(receipt, DENIED)


@pytest.mark.parametrize("typ", ["JWT", "secevent+jwt", None])
def test_nothing_else_that_a_platform_signs_passes_for_a_receipt(typ: str | None) -> None:
    claims = {
        "iss": "par_shop", "aud": HUB, "order_id": "ord_1", "outcome": "denied", "at": NOW.isoformat(),
        "letter": "ab" * 32, "reason": "other", "words": "还有余额",
    }  # fmt: skip
    assert read(signed(claims, key=KEY, typ="receipt+jwt"), DENIED).letter == "ab" * 32
    with pytest.raises(FalseReceipt):
        read(signed(claims, key=KEY, typ=typ), DENIED)
