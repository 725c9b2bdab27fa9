"""Looking for secrets in what programs have said: numbers in any spelling, codes, tokens, names, labels."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from jiebang.domain.number import SPELLINGS, parse

# What people and systems put between the digits of a number, before they are compared.
_BETWEEN = re.compile(r"(?<=\d)[ \-.()·]{1,2}(?=\d)")
# The fraction of a second has six digits, as a code has.
_CLOCK = re.compile(r"\d\d:\d\d:\d\d[.,]\d+")


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that must not be said, and what it is, so that a finding need not repeat it."""

    kind: str
    text: str


def of_number(number: str) -> list[Secret]:
    """Write a number in every way in which a system may write it."""
    known = parse(number)
    dialled = f"00{known.spelled('digits')}"
    return [Secret("number", text) for text in (dialled, *(known.spelled(name) for name in SPELLINGS))]


def of_tokens(kind: str, tokens: Iterable[str]) -> list[Secret]:
    """Take a token whole, and its last part: a log may cut it."""
    found = [Secret(kind, token) for token in tokens]
    return found + [Secret(kind, secret.text[-16:]) for secret in found if len(secret.text) > 16]


def leaks(lines: Iterable[tuple[str, str]], secrets: Iterable[Secret]) -> Iterator[str]:
    """Find secrets in lines, each given with its place; a finding says where and what kind, and not what."""
    wanted = {secret: _pattern(secret) for secret in secrets}
    for place, line in lines:
        heard = _heard(line)
        for secret, pattern in wanted.items():
            if any(pattern.search(said) for said in heard):
                yield f"{place}: a {secret.kind}"


def _pattern(secret: Secret) -> re.Pattern[str]:
    text = re.escape(secret.text)
    # A code or a number is one only where no digit goes on before it or after it.
    return re.compile(rf"(?<!\d){text}(?!\d)" if secret.text[-1].isdigit() else text)


def _heard(line: str) -> list[str]:
    """Read a line as it is, as an address would be read, and with its numbers pushed together."""
    timeless = _CLOCK.sub("", line)
    plain = unquote_plus(timeless)
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    return list(dict.fromkeys([timeless, plain, unescaped, _BETWEEN.sub("", unescaped)]))
