"""A number is read in every spelling, kept in one, and never shown."""

import traceback
from dataclasses import replace

import phonenumbers
import pytest

from jiebang.domain.errors import NotANumber
from jiebang.domain.number import SPELLINGS, Number, parse
from tests.build import NUMBER, ORDER, PROOF


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+8613800138055", None),
        ("+86 138 0013 8055", None),
        ("tel:+86-138-0013-8055", None),
        ("13800138055", "CN"),
        ("138-0013-8055", "CN"),
        ("0086 13800138055", "GB"),
        ("+86 138 0013 8055", "US"),
        ("＋８６１３８００１３８０５５", None),
    ],
)
def test_every_spelling_is_the_same_number(text: str, region: str | None) -> None:
    assert parse(text, region=region) == NUMBER


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("", None),
        ("   ", "CN"),
        ("hello", "CN"),
        ("13800138055", None),  # whose country's?
        ("13800138055", "ZZ"),
        ("+86 138", None),
        ("+8611800138055", None),  # no such range
        ("+999 13800138055", None),
        ("+8613800138055 ext. 7", None),  # an extension is not a line
        ("+" + "8" * 300, None),
        ("+49800123456789000", None),  # 17 digits: the table of plans has it, E.164 does not
    ],
)
def test_what_cannot_be_a_number_is_refused(text: str, region: str | None) -> None:
    with pytest.raises(NotANumber):
        parse(text, region=region)


def test_each_spelling_is_as_other_systems_write_it() -> None:
    assert {spelling: NUMBER.spelled(spelling) for spelling in SPELLINGS} == {
        "e164": "+8613800138055",
        "digits": "8613800138055",
        "national_digits": "13800138055",
        "national": "138 0013 8055",
        "international": "+86 138 0013 8055",
        "rfc3966": "tel:+86-138-0013-8055",
        "tel": "tel:+8613800138055",
    }


def examples() -> list[tuple[str, Number]]:
    """List an example of every country, of a fixed line and of a mobile one."""
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
    lines = [
        (region, phonenumbers.example_number_for_type(region, kind))
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in kinds
    ]
    written = phonenumbers.PhoneNumberFormat.E164
    return [(region, Number(phonenumbers.format_number(line, written))) for region, line in lines if line]


def test_every_countrys_numbers_come_back_from_every_spelling() -> None:
    known = examples()
    assert len(known) > 450
    for region, number in known:
        assert number.country == str(phonenumbers.country_code_for_region(region))
        for spelling in ("e164", "international", "rfc3966", "national"):
            assert parse(number.spelled(spelling), region=region).e164 == number.e164, (region, spelling)
        assert "+" + number.spelled("digits") == number.e164
        assert number.e164 == f"+{number.country}{number.spelled('national_digits')}"


def test_an_italian_zero_is_part_of_the_number() -> None:
    assert parse("06 698 12345", region="IT").spelled("national_digits") == "0669812345"


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r}".format])
@pytest.mark.parametrize("holding", [lambda it: it, lambda it: [it], lambda it: {"to": it}])
def test_a_number_shows_its_country_and_two_digits_only(show: object, holding: object) -> None:
    assert callable(show)
    assert callable(holding)
    shown = show(holding(NUMBER))
    assert "+86 ··· 55" in shown
    assert "80013" not in shown


@pytest.mark.parametrize("holder", [PROOF, replace(ORDER, label="x")], ids=["proof", "order"])
def test_what_holds_a_number_does_not_show_it_either(holder: object) -> None:
    assert "··· 55" in repr(holder)
    assert "1380013" not in repr(holder)


@pytest.mark.parametrize("text", ["+86138001380", "13800138055", "+8613800138055 ext. 7"])
def test_a_refusal_says_nothing_of_what_was_typed(text: str) -> None:
    with pytest.raises(NotANumber) as refused:
        parse(text)
    told = "".join(traceback.format_exception_only(refused.value))
    cause = refused.value.__cause__
    assert "1380013" not in f"{told}{refused.value!r}{refused.value.args}{cause!r}{cause}"
