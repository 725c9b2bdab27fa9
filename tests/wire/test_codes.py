"""A code is six digits, the same for its proof each time, and anybody else's guess."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.wire.codes import code_for, is_code
from tests.chance import chance

SECRET = b"\x07" * 32
CODE = code_for("prf_1", secret=SECRET)


@chance
@given(proof_id=st.text(), secret=st.binary(min_size=16, max_size=32))
def test_a_code_is_six_digits_and_stays(proof_id: str, secret: bytes) -> None:
    code = code_for(proof_id, secret=secret)
    assert len(code) == 6
    assert set(code) <= set("0123456789")
    assert code_for(proof_id, secret=secret) == code
    assert is_code(code, proof_id, secret=secret)


def test_a_code_is_the_one_that_rfc_4226_computes() -> None:
    own = hmac.digest(SECRET, b"prf_1", "sha256")
    digest = hmac.digest(own, bytes(8), "sha256")
    offset = digest[-1] & 0x0F  # §5.3: the last four bits say where to cut
    cut = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    assert f"{cut % 10**6:06}" == CODE


def test_proofs_and_hubs_have_codes_of_their_own() -> None:
    assert len({code_for(f"prf_{nth}", secret=SECRET) for nth in range(100)}) > 95
    assert code_for("prf_1", secret=b"\x08" * 32) != CODE


@pytest.mark.parametrize(
    "typed", [CODE, f"  {CODE}\n", f"{CODE[:3]} {CODE[3:]}", f"{CODE[:3]}\u3000{CODE[3:]}", " ".join(CODE)]
)
def test_spaces_do_not_matter(typed: str) -> None:
    assert is_code(typed, "prf_1", secret=SECRET)


@pytest.mark.parametrize("typed", ["", CODE[:5], CODE + "0", "000000", CODE[::-1], "………", "-" + CODE[1:]])
def test_what_is_not_the_code_is_wrong(typed: str) -> None:
    assert not is_code(typed, "prf_1", secret=SECRET)
