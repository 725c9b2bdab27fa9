"""The quick look at a number never says yes where the library would not, and says yes to most."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from jiebang.domain.plan import calling_code, is_canonical
from tests.chance import chance

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)


def example(region: str, kind: int) -> str | None:
    """Give a number of a region, as the library has it."""
    line = phonenumbers.example_number_for_type(region, kind)
    return phonenumbers.format_number(line, phonenumbers.PhoneNumberFormat.E164) if line else None


EXAMPLES = [text for region in REGIONS for kind in KINDS if (text := example(region, kind))]


def taken_apart(text: str) -> str | None:
    """Take a number apart and put it together again, as the library does."""
    try:
        line = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    if line.extension or not phonenumbers.is_valid_number(line):
        return None
    return phonenumbers.format_number(line, phonenumbers.PhoneNumberFormat.E164)


@st.composite
def nearly(draw: st.DrawFn) -> str:
    """Draw a number of any country with some digits changed, added or lost."""
    digits = list(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(0, 3))):
        digits[draw(st.integers(2, len(digits) - 1))] = draw(st.sampled_from("0123456789"))
    return "".join(digits[: len(digits) - draw(st.integers(0, 1))]) + draw(
        st.sampled_from(["", "", "0", "12"])
    )


@chance
@given(st.lists(nearly(), min_size=20, max_size=40))
def test_what_is_taken_at_a_glance_is_what_the_library_would_write(texts: list[str]) -> None:
    assert [text for text in texts if is_canonical(text) and taken_apart(text) != text] == []


def test_most_numbers_of_most_countries_are_taken_at_a_glance() -> None:
    assert len([text for text in EXAMPLES if is_canonical(text)]) > 0.95 * len(EXAMPLES)


def test_what_is_spelled_in_another_way_is_left_to_the_library() -> None:
    spelled = [
        "",
        "+",
        "8613800138055",
        "+86 13800138055",
        "+８６13800138055",
        "+861380013805",
        "+9991234567",
    ]
    assert [text for text in spelled if is_canonical(text)] == []


def test_a_calling_code_is_read_from_the_digits() -> None:
    assert [calling_code(text[1:]) for text in ("+8613800138055", "+12015550123", "+3545812345", "+999")] == [
        "86",
        "1",
        "354",
        "",
    ]
