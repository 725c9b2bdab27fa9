"""Countries and regions to choose from, for numbers that are typed without a country code."""

from functools import cache
from typing import NamedTuple

import phonenumbers
from babel import Locale

from jiebang.portal.language import Language

FIRST = "CN"
"""The region that is chosen when nobody has chosen yet."""


class Region(NamedTuple):
    """A region, as the list shows it."""

    code: str
    """ISO 3166-1, such as `CN`."""
    name: str
    calling: str
    """Its country calling code, in digits."""


@cache
def regions(language: Language) -> tuple[Region, ...]:
    """List every region that has a numbering plan, in the order in which its readers look for names."""
    names = Locale.parse(language.locale).territories
    known = [
        Region(code, names.get(code, code), str(phonenumbers.country_code_for_region(code)))
        for code in phonenumbers.SUPPORTED_REGIONS
    ]
    return tuple(sorted(known, key=_place))


def _place(region: Region) -> tuple[bool, bytes]:
    # The common characters lie in GB 18030 by their sound, which is how Chinese lists are read.
    return region.code != FIRST, region.name.encode("gb18030")
