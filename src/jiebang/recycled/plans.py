"""The world's numbering plans as a table: which first digits and which length a number can have."""

from functools import cache

import numpy as np
import numpy.typing as npt
import phonenumbers
from phonenumbers import PhoneMetadata, ValidationResult

from jiebang.recycled.digits import LONGEST

LEAD = 5
"""How many first digits the table goes by: a country calling code and what may be a trunk prefix."""
WORLD = "001"
"""The region (UN M49: the world) in which whatever has no plus sign begins with its country calling code."""
Possible = npt.NDArray[np.bool_]


@cache
def possible() -> Possible:
    """
    Which (first five digits, how many digits in all) a number can have: a flat table of rows of sixteen.

    Where the digits after the country begin as a trunk prefix does ("+44 020 …"), the table says no:
    such a number has to be read by the library, digit by digit.
    """
    table = np.zeros((10**LEAD, LONGEST + 1), dtype=np.bool_)
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        country = str(code)
        plan = _plan(code)
        lengths = [len(country) + more for more in _lengths(plan)]
        table[_stretch(country), [length for length in lengths if length <= LONGEST]] = True
        if plan.national_prefix:
            table[_stretch(country + plan.national_prefix)] = False
    return table.reshape(-1)


@cache
def national(region: str) -> tuple[str, frozenset[int], tuple[str, ...]]:
    """
    How a region's own numbers are written within it.

    Gives the country calling code, how many digits follow it, and with which digits a text begins
    that is more than those. Raises `ValueError` for a region that is none.
    """
    code = phonenumbers.country_code_for_region(region)
    plan = PhoneMetadata.metadata_for_region(region, None)
    if not code or plan is None:
        raise ValueError(f"{region} is not a region of ISO 3166-1, such as CN")
    more = ("00", str(code), *((plan.national_prefix,) if plan.national_prefix else ()))
    return str(code), frozenset(_lengths(plan)), more


def read(text: str, region: str | None) -> int:
    """Read one number in an odd spelling, as an E.164 integer; 0 when it is none."""
    spelled = text.strip().removesuffix(".0")  # what becomes of a number in a spreadsheet
    international = "+" in spelled or "＋" in spelled
    if region is None and not international:
        return 0
    if region == WORLD and not international:
        spelled = "+" + spelled.removeprefix("00")
    try:
        line = phonenumbers.parse(spelled, None if region == WORLD else region)
    except phonenumbers.NumberParseException:
        return 0
    possibly = phonenumbers.is_possible_number_with_reason(line) == ValidationResult.IS_POSSIBLE
    # Where countries share a code, what is possible is asked of one: Canada has numbers that the US have not.
    whole = possibly or phonenumbers.is_valid_number(line)
    digits = phonenumbers.format_number(line, phonenumbers.PhoneNumberFormat.E164)[1:]
    return int(digits) if whole and not line.extension and len(digits) <= LONGEST else 0


def _plan(code: int) -> PhoneMetadata:
    region = phonenumbers.region_code_for_country_code(code)
    own = PhoneMetadata.metadata_for_region(region, None)
    plan = PhoneMetadata.metadata_for_nongeo_region(code, None) if own is None else own
    assert plan is not None  # noqa: S101 - the library has a plan for every code that it knows
    return plan


def _lengths(plan: PhoneMetadata) -> tuple[int, ...]:
    """List how many digits may follow the country calling code."""
    return () if plan.general_desc is None else plan.general_desc.possible_length


def _stretch(first: str) -> slice:
    """Give the rows of everything that begins with these digits."""
    unit = 10 ** (LEAD - len(first))
    return slice(int(first) * unit, (int(first) + 1) * unit)
