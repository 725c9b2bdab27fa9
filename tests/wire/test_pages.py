"""A PDF of evidence is as the hub gave it, to the last bit, or is not believed; and readers can open it."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from jiebang.domain.examination import Wrong
from jiebang.wire.attachments import ATTACHED, attached
from jiebang.wire.notes import Sealer
from jiebang.wire.pages import seal_pages, verify_pages
from tests.evidence import blank, given

STRANGER = Sealer("https://hub.example/journal", bytes(32))
STRIDE = 97
"""How far apart, for each of a byte's bits, those are that are changed: in every stretch of the file."""
LAST_LOOKED_AT = 1024
"""So far from its end readers look for the end of a PDF."""


def wrong(pdf: bytes) -> str:
    """Say which part is found to be wrong."""
    with pytest.raises(Wrong) as found:
        verify_pages(pdf)
    return found.value.part


def test_pages_hold_together_as_they_are_given() -> None:
    evidence, whole = verify_pages(given().pages)
    assert (evidence.text().encode(), whole) == (given().file, True)


def test_readers_find_the_end_of_the_pdf_before_the_seal() -> None:
    assert b"%%EOF" in given().pages[-LAST_LOOKED_AT:]
    assert len(PdfReader(BytesIO(given().pages), strict=True).pages) == 3


@pytest.mark.parametrize("bit", range(8))
def test_one_bit_changed_anywhere_is_found(bit: int) -> None:
    pages = given().pages
    for at in range(bit, len(pages), STRIDE):
        assert wrong(pages[:at] + bytes([pages[at] ^ 1 << bit]) + pages[at + 1 :])


@pytest.mark.parametrize("bit", range(8))
def test_no_byte_of_the_end_can_be_another_one(bit: int) -> None:
    pages = given().pages
    for at in range(len(pages) - 150, len(pages)):
        assert wrong(pages[:at] + bytes([pages[at] ^ 1 << bit]) + pages[at + 1 :])


def test_where_only_the_pages_differ_they_are_named() -> None:
    pages = given().pages
    at = pages.index(b"stream") + 20
    assert wrong(pages[:at] + bytes([pages[at] ^ 1]) + pages[at + 1 :]) == "the pages"


def test_pages_of_ones_own_around_a_hubs_file_are_found() -> None:
    own = blank(given().file)
    for forged in (own, seal_pages(own, sign=STRANGER.signature)):
        assert wrong(forged) == "the pages"
    assert attached(own, name=ATTACHED) == given().file


@pytest.mark.parametrize("more", [b"\n", b"% more\n", given().pages[given().pages.rindex(b"%jiebang") :]])
def test_what_is_added_below_the_seal_is_found(more: bytes) -> None:
    assert wrong(given().pages + more) == "the pages"


def test_a_seal_that_was_taken_away_is_missed() -> None:
    pages = given().pages
    assert wrong(pages[: pages.rindex(b"%jiebang")]) == "the pages"


def test_of_pages_from_before_there_were_seals_only_what_is_attached_is_checked() -> None:
    evidence, whole = verify_pages(blank(given().file_before))
    assert (evidence.evidence, whole) == (1, False)


def test_pages_with_nothing_attached_are_no_evidence() -> None:
    assert wrong(blank()) == "the file"
