"""
Numbering plans, read from libphonenumber's table once: a quick yes for numbers that are written in E.164.

The library takes a number apart and puts it together again, which costs thirty microseconds. Most
numbers that carriers and platforms send are E.164 already; for those two regular expressions do.
"""

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

import phonenumbers

_KINDS = (
    "mobile", "fixed_line", "voip", "personal_number", "pager", "toll_free", "premium_rate", "shared_cost",
    "uan", "voicemail",
)  # fmt: skip
_REGIONS = {
    str(code): regions
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if regions[0] != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
}
_LONGEST = 16


class _Region(NamedTuple):
    """One region's share of a calling code: how its numbers begin, where that decides, and what they are."""

    begins: re.Pattern[str] | None
    number: re.Pattern[str]


def is_canonical(text: str) -> bool:
    """
    Whether a text surely is a number of its country's plan, in E.164; `False` says nothing.

    What begins like a trunk prefix, and what no country has, is left for the library to judge.
    """
    if len(text) > _LONGEST:
        return False
    for begins, number in _beginning(text[:4]):
        if begins is None:
            if number.fullmatch(text):
                return True
        elif begins.match(text):
            return number.fullmatch(text) is not None
    return False


def calling_code(digits: str) -> str:
    """Read the country calling code that an E.164 number's digits begin with; empty where there is none."""
    # No code begins another one.
    for length in (2, 1, 3):
        if digits[:length] in _REGIONS:
            return digits[:length]
    return ""


@lru_cache(maxsize=1 << 12)
def _beginning(text: str) -> tuple[_Region, ...]:
    return _regions(calling_code(text[1:])) if text[:1] == "+" else ()


@cache
def _regions(code: str) -> tuple[_Region, ...]:
    plans = [phonenumbers.PhoneMetadata.metadata_for_region(name, None) for name in _REGIONS.get(code, ())]
    known = [plan for plan in plans if plan is not None]
    # The library strips what the country's first region has for a trunk prefix, whatever the region.
    prefix = known[0].national_prefix_for_parsing if known else None
    begins = rf"\+{code}" + (f"(?!{prefix})" if prefix else "")
    return tuple(_region(plan, begins) for plan in known)


def _region(plan: phonenumbers.PhoneMetadata, begins: str) -> _Region:
    described = [getattr(plan, kind) for kind in _KINDS]
    kinds = "|".join(_described(one) for one in described if one and one.national_number_pattern)
    leading = rf"\+{plan.country_code}(?:{plan.leading_digits})" if plan.leading_digits else None
    number = f"{begins}(?={_described(plan.general_desc)}$)(?:{kinds})"
    return _Region(
        begins=re.compile(leading, re.ASCII) if leading else None, number=re.compile(number, re.ASCII)
    )


def _described(kind: Any) -> str:  # noqa: ANN401 - the library describes it as it comes
    lengths = sorted(kind.possible_length or ())
    # Those in a row are tried at once: +86 has six of them.
    if lengths and lengths[-1] - lengths[0] == len(lengths) - 1:
        known = f"(?=[0-9]{{{lengths[0]},{lengths[-1]}}}$)"
    elif lengths:
        known = f"(?=(?:{'|'.join(f'[0-9]{{{length}}}' for length in lengths)})$)"
    else:
        known = ""
    return f"{known}(?:{kind.national_number_pattern})"
