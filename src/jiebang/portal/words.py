"""
The portal's words: English in the code and the templates, every other language in `words/*.po`.

Catalogues are read as their translators write them, once in each process; nothing is compiled into files.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from jiebang.domain.binding import OrderKind, RecordClass, RecordKind
from jiebang.domain.errors import Refusal
from jiebang.domain.order import Denial, State
from jiebang.domain.query import Standing
from jiebang.portal.language import Language

CATALOGUES: Mapping[Language, Path] = MappingProxyType(
    {Language.ZH: Path(__file__).parent / "words" / "zh_CN.po"}
)

VALUES: Mapping[type[StrEnum], Mapping[StrEnum, str]] = MappingProxyType(
    {
        RecordKind: {
            RecordKind.ACCOUNT: "Account",
            RecordKind.SUBSCRIPTION: "Marketing list",
            RecordKind.LABEL: "Caller label",
            RecordKind.BLOCK: "Ban on the number",
        },
        RecordClass: {
            RecordClass.SOCIAL: "Social",
            RecordClass.CONTENT: "News and media",
            RecordClass.SHOPPING: "Shopping",
            RecordClass.LOCAL_SERVICES: "Local services",
            RecordClass.PAYMENT: "Payment",
            RecordClass.LENDING: "Lending",
            RecordClass.TRADING: "Trading",
            RecordClass.GAMING: "Games",
            RecordClass.OTHER: "Other",
        },
        OrderKind: {
            OrderKind.UNBIND: "Take the number off",
            OrderKind.DEREGISTER: "Close the account",
        },
        Standing: {
            Standing.WAITING: "Waiting for an answer",
            Standing.ANSWERED: "Has answered",
            Standing.SLOW: "Slow: no answer yet",
            Standing.SILENT: "Silent: it did not answer in time",
        },
        State: {
            State.OPEN: "Placed",
            State.IN_PROGRESS: "Accepted by the platform",
            State.FULFILLED: "Done, says the platform",
            State.VERIFIED: "Checked by us: it is done",
            State.CONTRADICTED: "Not done: the number is still there",
            State.DENIED: "Declined by the platform",
            State.REVOKED: "Taken back by you",
            State.EXPIRED: "Overdue: the platform did not act in time",
        },
        Denial: {
            Denial.NO_MATCH: "The platform no longer finds this record.",
            Denial.LAST_LOGIN: "The number is the last way into this account.",
            Denial.OPEN_OBLIGATION: "Something is still open on this account, such as a payment.",
            Denial.LEGAL_HOLD: "The law requires the platform to keep this record for now.",
            Denial.OBJECTION: "The owner of the account says that it is theirs and still in use.",
            Denial.SUSPECTED_FRAUD: "The platform suspects fraud, and is looking into it.",
            Denial.UNSUPPORTED: "The platform cannot do this.",
            Denial.OTHER: "The platform has another reason.",
        },
    }
)
"""What the domain's values are called on the screen."""


def named(value: StrEnum) -> str:
    """Name a value of the domain, in English, as the catalogues know it."""
    return VALUES[type(value)][value]


@cache
def translations(language: Language) -> NullTranslations:
    """Read a language's catalogue; English needs none."""
    if language not in CATALOGUES:
        return NullTranslations()
    compiled = BytesIO()
    with CATALOGUES[language].open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.locale))
    compiled.seek(0)
    return Translations(compiled)


def spoken_in_code() -> Iterator[str]:
    """List what is said outside the templates: the names of values, and every refusal's sentence."""
    for names in VALUES.values():
        yield from names.values()
    yield from refusals(Refusal)


def refusals(kind: type[Refusal]) -> Iterator[str]:
    """List the sentences of a kind of refusal and of all below it."""
    yield " ".join((kind.__doc__ or "").split("\n\n", maxsplit=1)[0].split())
    for narrower in kind.__subclasses__():
        yield from refusals(narrower)
