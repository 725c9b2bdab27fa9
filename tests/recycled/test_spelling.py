"""Numbers and days are read in whatever spelling they come, as the library and the calendar read them."""

from datetime import UTC, date, datetime

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.errors import NotANumber
from jiebang.domain.number import SPELLINGS, parse
from jiebang.recycled.bound import NO_DAY, Calendar
from jiebang.recycled.days import code_of
from jiebang.recycled.digits import read_digits
from jiebang.recycled.refusals import NotRecords
from jiebang.recycled.spelling import Speller
from tests.chance import chance

E164 = "+8613800138000"
DAY = date(2024, 10, 31)
EXAMPLES = [
    phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (example := phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE))
]


def read(text: str | None, region: str | None = None) -> int:
    """Read one number."""
    return int(Speller(region).numbers(pa.array([text], pa.string()))[0])


@chance
@given(st.lists(st.text("+0123456789ab-", max_size=18) | st.none(), max_size=50), st.integers(0, 5))
def test_digits_are_read_as_python_reads_them(texts: list[str | None], cut: int) -> None:
    found = read_digits(pa.array(texts, pa.string()).slice(cut))
    for text, value, length, plus in zip(texts[cut:], *found, strict=True):
        digits = (text or "").removeprefix("+")
        assert plus == (text or "").startswith("+")
        assert length == len(digits)
        plain = digits.isdigit() and len(digits) <= 15
        assert value == (int(digits) if plain else 0)


@pytest.mark.parametrize("e164", EXAMPLES)
def test_every_country_has_its_numbers_in_every_international_spelling(e164: str) -> None:
    number = parse(e164)
    spelled = [number.spelled(name) for name in ("e164", "international", "rfc3966")]
    assert {read(text) for text in spelled} == {int(e164[1:])}
    digits = number.spelled("digits")
    assert {read(text, "001") for text in (*spelled, digits, f"00{digits}")} == {int(e164[1:])}


@pytest.mark.parametrize("region", ["CN", "US", "GB", "IT", "BR", "RU", "IN", "JP", "DE", "AU"])
def test_every_spelling_is_read_in_its_region(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    number = parse(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
    for name in SPELLINGS:
        if name != "digits":  # in some regions, these are another number
            assert read(number.spelled(name), region) == int(number.e164[1:]), name


@pytest.mark.parametrize(("text", "region"), [("+13101234", None), ("+1 310-1234", None), ("310-1234", "CA")])
def test_a_number_is_one_that_only_another_country_of_its_code_has(text: str, region: str | None) -> None:
    assert read(text, region) == int(parse(text, region=region).e164[1:]) == 13101234
    assert read(text.replace("310", "555"), region) == 0


@chance
@given(st.text("0123456789", min_size=5, max_size=15), st.sampled_from([None, "CN", "US", "GB", "IT"]))
def test_what_the_domain_takes_for_a_number_is_the_same_one_here(digits: str, region: str | None) -> None:
    for text in (f"+{digits}", digits):
        try:
            known = int(parse(text, region=region).e164[1:])
        except NotANumber:
            continue
        assert read(text, region) == known


@pytest.mark.parametrize(
    "text", [None, "", "nobody", "+", "+86", "+999123456789", "13105551234", "1" * 40, "٣"]
)
def test_what_is_no_number_is_none(text: str | None) -> None:
    assert read(text) == 0


def test_numbers_may_be_integers_floats_or_a_dictionary() -> None:
    columns = [
        pa.array([8613800138000, None]),
        pa.array([8613800138000.0, None]),
        pa.array([E164, None]).dictionary_encode(),
        pa.array([E164, None], pa.large_string()),
        pa.array(["nobody", E164, None]).slice(1),
    ]
    assert [Speller("001").numbers(column).tolist() for column in columns] == [[8613800138000, 0]] * 5
    assert Speller("CN").numbers(pa.array([13800138000])).tolist() == [8613800138000]


def test_columns_and_regions_that_make_no_sense_are_refused() -> None:
    with pytest.raises(NotRecords):
        Speller().numbers(pa.array([True]))
    with pytest.raises(NotRecords):
        Calendar().codes(pa.array([True]))
    with pytest.raises(ValueError, match="XY"):
        Speller("XY")


@pytest.mark.parametrize(
    "text",
    [
        "2024-10-31", "2024/10/31", "2024.10.31", "20241031", "2024年10月31日", " 2024-10-31 ",
        "2024-10-31 08:00:00", "2024-10-31T08:00:00.123", "2024-10-31T01:00:00Z", "2024-10-31 01:00:00+08:00",
        "2024-10-30T20:00:00-04:00", "1730332800", "1730332800000", "1730332800000000", "1730332800.25",
    ],
)  # fmt: skip
def test_a_day_is_read_in_any_spelling_alone_and_among_others(text: str) -> None:
    calendar = Calendar("Asia/Shanghai")
    assert calendar.codes(pa.array([text])).tolist() == [code_of(DAY)]
    mixed = calendar.codes(pa.array([text, "yesterday", None, "2024-10-31"])).tolist()
    assert mixed == [code_of(DAY), NO_DAY, NO_DAY, code_of(DAY)]


@pytest.mark.parametrize(
    "text", ["", "yesterday", "31/10/2024", "2024-13-01", "2024-02-30", "0", "24-10-31", None]
)
def test_what_is_no_day_is_none(text: str | None) -> None:
    assert Calendar().codes(pa.array([text], pa.string())).tolist() == [NO_DAY]


def test_an_instant_is_the_day_that_it_is_in_the_lists_zone() -> None:
    late = datetime(2024, 10, 30, 17, tzinfo=UTC)
    column = pa.array([late, None])
    assert Calendar("Asia/Shanghai").codes(column).tolist() == [code_of(DAY), NO_DAY]
    assert Calendar("UTC").codes(column).tolist() == [code_of(date(2024, 10, 30)), NO_DAY]


def test_days_may_be_dates_or_integers() -> None:
    columns = [
        pa.array([DAY, None]), pa.array([DAY, None]).cast(pa.date64()), pa.array([20241031, None]),
        pa.array([1730332800, 0]), pa.array([1730332800.0, None]), pa.array([DAY, None]).dictionary_encode(),
    ]  # fmt: skip
    assert [Calendar().codes(column).tolist() for column in columns] == [[code_of(DAY), NO_DAY]] * 6


def test_a_day_before_all_others_is_before_them() -> None:
    codes = Calendar().codes(pa.array([date(1, 1, 1), date(9999, 12, 31)]))
    assert NO_DAY < codes[0] < code_of(date(1950, 1, 1)) < code_of(DAY) < codes[1]
    assert codes.dtype == np.uint16
