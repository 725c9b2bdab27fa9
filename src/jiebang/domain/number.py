"""Number: a telephone number in E.164; a line, not a person. It prints itself masked, in str and repr."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

import phonenumbers

from jiebang.domain.errors import NotANumber
from jiebang.domain.plan import calling_code, is_canonical

_SPELLINGS = {
    "e164": phonenumbers.PhoneNumberFormat.E164,
    "international": phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    "national": phonenumbers.PhoneNumberFormat.NATIONAL,
    "rfc3966": phonenumbers.PhoneNumberFormat.RFC3966,
}
_LONGEST = len("+") + 15
_KEYED_BYTES = 16
_kind = phonenumbers.PhoneNumberType
_NOBODYS = (_kind.TOLL_FREE, _kind.PREMIUM_RATE, _kind.SHARED_COST, _kind.UAN, _kind.VOICEMAIL)


@dataclass(frozen=True, slots=True, repr=False)
class Number:
    """A telephone number in canonical E.164 form, such as it can exist in its country's plan."""

    e164: str

    def __str__(self) -> str:
        """Mask all but the country and the last two digits, so that no log line can tell the line."""
        return f"+{self.country} ··· {self.e164[-2:]}"

    def __repr__(self) -> str:
        """Mask, as `str` does: exceptions and debuggers print what they hold."""
        return f"<Number {self}>"

    @property
    def country(self) -> str:
        """The country calling code, in digits, without the plus sign."""
        return calling_code(self.e164[1:]) or str(phonenumbers.parse(self.e164).country_code)

    @property
    def is_ones_own(self) -> bool:
        """Whether a person can hold it: nobody holds a free, premium or shared-cost number as theirs."""
        return phonenumbers.number_type(phonenumbers.parse(self.e164)) not in _NOBODYS

    def spelled(self, spelling: str) -> str:
        """
        Write the number out as other systems store it.

        `spelling` is one of `SPELLINGS`: `e164` (+8613…), `digits` (8613…), `national_digits`
        (13…, without the trunk prefix), `tel` (tel:+8613…), or `national`, `international` and
        `rfc3966` (tel:+86-13…) as libphonenumber formats them.
        """
        match spelling:
            case "e164":
                return self.e164
            case "tel":
                return f"tel:{self.e164}"
            case "digits":
                return self.e164[1:]
            case "national_digits":
                return self.e164[1:].removeprefix(self.country)
        return phonenumbers.format_number(self._line, _SPELLINGS[spelling])

    @property
    def _line(self) -> phonenumbers.PhoneNumber:
        """The number as libphonenumber has it: to read it again would cost as much as to write it."""
        code = calling_code(self.e164[1:])
        rest = self.e164[1 + len(code) :]
        # Noughts that begin a number, as in Italy, are the library's to keep.
        if not code or rest.startswith("0"):
            return phonenumbers.parse(self.e164)
        return phonenumbers.PhoneNumber(country_code=int(code), national_number=int(rest))


def keyed(number: Number, *, secret: bytes) -> str:
    """Write a number as the hub remembers it without keeping it; see `keyed_text`."""
    return keyed_text(number.e164, secret=secret)


def keyed_text(text: str, *, secret: bytes, length: int = _KEYED_BYTES) -> str:
    """
    Hash a text with a key that is not in the database, to so many bytes, in base64url.

    Without a key it would hide nothing: there are few numbers.
    """
    digest = hmac.digest(secret, text.encode(), "sha256")
    return urlsafe_b64encode(digest[:length]).decode().rstrip("=")


SPELLINGS = ("e164", "digits", "national_digits", "tel", *(name for name in _SPELLINGS if name != "e164"))
"""The ways in which account stores are known to write a number."""


def parse(text: str, *, region: str | None = None) -> Number:
    """
    Read a number in whatever spelling a person or a system writes it.

    `region` (ISO 3166-1, such as `CN`) says how to read a number without a country code; without it only
    international spellings are read. Refuses with `NotANumber` what the country's numbering plan
    does not have, what is longer than the 15 digits that E.164 allows (some plans go on), and
    extensions, because an extension is not a line of its own.
    """
    if is_canonical(text):
        return Number(text)
    try:
        line = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as refused:
        raise NotANumber from refused
    e164 = phonenumbers.format_number(line, phonenumbers.PhoneNumberFormat.E164)
    known = is_canonical(e164) or phonenumbers.is_valid_number(line)
    if line.extension or not known or len(e164) > _LONGEST:
        raise NotANumber
    return Number(e164)
