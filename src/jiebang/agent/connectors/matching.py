"""Searching by every spelling, and believing no filter: what came back is matched again on this side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import phonenumbers

from jiebang.agent.errors import TooManyRecords
from jiebang.domain.errors import NotANumber
from jiebang.domain.number import Number, parse
from jiebang.domain.plan import calling_code

_WHOLE = ("+", "tel:+")
"""How spellings begin that say their country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """How one store writes numbers, and how many records of one number are too many to be true."""

    spellings: Sequence[str]
    """Names from `domain.number.SPELLINGS`."""
    region: str | None
    """How a stored number without a country code is to be read."""
    most: int

    def spelled(self, number: Number) -> list[str]:
        """
        Write the number in each of the store's spellings, none twice.

        A number abroad is not searched for by what would be read as another one, at home: whatever that finds
        is somebody else's. There is always one spelling, since E.164 is read in one way only.
        """
        ways = dict.fromkeys(number.spelled(spelling) for spelling in self.spellings)
        # To read back takes thirty microseconds, in every answer; at home it would hardly ever find anything.
        if calling_code(number.e164[1:]) == _calling_code(self.region):
            return list(ways)
        return [text for text in ways if text.startswith(_WHOLE) or self.same(text, number)] or [number.e164]

    def same(self, stored: object, number: Number) -> bool:
        """Whether what a store keeps is this number; what cannot be read as one is not."""
        return stored is not None and self.read(str(stored)) == number

    def spells(self, stored: str) -> bool:
        """Whether what a store keeps is a number in one of the spellings, to the letter."""
        number = self.read(stored)
        return number is not None and stored in self.spelled(number)

    def check_cap(self, count: int) -> None:
        """Refuse with `TooManyRecords` what no single number has."""
        if count > self.most:
            raise TooManyRecords(
                f"More than most_records ({self.most}) match one number: the store's filter returns"
                " too much, or the limit is too low. Nothing was answered."
            )

    @property
    def reading(self) -> str:
        """What decides how a stored number is read; where it changes, an index has to be made anew."""
        return f"{self.region or '-'} {'national' if self._national_first else 'international'}"

    def read(self, stored: str) -> Number | None:
        """
        Read a stored number in one way only, so that it can never be two people's; `None` what is none.

        Bare digits are ambiguous: 13802345678 is a line in China and, after a plus sign, one in
        Ohio. They are national where the store writes any number so, else they begin with a country code.
        """
        bare = stored.strip().isdigit()
        ways = [stored] if not bare or self._national_first else []
        for text in [*ways, f"+{stored.strip()}"] if bare else ways:
            try:
                return parse(text, region=self.region)
            except NotANumber:
                continue
        return None

    @property
    def _national_first(self) -> bool:
        return any(spelling.startswith("national") for spelling in self.spellings)


@cache
def _calling_code(region: str | None) -> str:
    return str(phonenumbers.country_code_for_region(region or ""))
