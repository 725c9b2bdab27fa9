"""What was attached to a PDF comes out as it went in, and what is broken is said to be."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.wire.attachments import attach, attached
from tests.chance import chance
from tests.evidence import blank

PDF = attach(blank(), b"{}", name="evidence.json")


def test_it_comes_out_as_it_went_in() -> None:
    assert attached(PDF, name="evidence.json") == b"{}"


@pytest.mark.parametrize(
    "pdf",
    [b"", b"%PDF-1.7", blank(), PDF[:-40], attach(blank(), b"", name="a")],
    ids=["empty", "only begun", "blank", "cut off", "another"],
)
def test_where_there_is_none_that_is_said(pdf: bytes) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|attached"):
        attached(pdf, name="evidence.json")


@chance
@given(st.integers(0, len(PDF) - 1), st.integers(0, 255))
def test_whatever_is_broken_nothing_worse_is_said(at: int, byte: int) -> None:
    broken = PDF[:at] + bytes([byte]) + PDF[at + 1 :]
    with suppress(ValueError):
        assert isinstance(attached(broken, name="evidence.json"), bytes)
