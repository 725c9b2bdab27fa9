"""
The portal's words: English in the code and the templates, every other language in `words/*.po`.

Catalogues are read as their translators write them, once in each process; nothing is compiled into files.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from jiebang.domain.binding import OrderKind, RecordClass, RecordKind
from jiebang.domain.deed import DeedKind
from jiebang.domain.forgetting import HeldKind
from jiebang.domain.leaving import Stand, Urgency
from jiebang.domain.order import Denial, State
from jiebang.domain.query import Standing
from jiebang.domain.showing import ShownBy
from jiebang.portal.language import Language

CATALOGUES: Mapping[Language, Path] = MappingProxyType(
    {Language.ZH: Path(__file__).parent / "words" / "zh_CN.po"}
)


def _(sentence: str) -> str:
    """Mark a sentence as one to be translated, later and by whoever shows it."""
    return sentence


VALUES: Mapping[type[StrEnum], Mapping[StrEnum, str]] = MappingProxyType(
    {
        RecordKind: {
            RecordKind.ACCOUNT: _("Account"),
            RecordKind.SUBSCRIPTION: _("Marketing list"),
            RecordKind.LABEL: _("Caller label"),
            RecordKind.BLOCK: _("Ban on the number"),
        },
        RecordClass: {
            RecordClass.SOCIAL: _("Social"),
            RecordClass.CONTENT: _("News and media"),
            RecordClass.SHOPPING: _("Shopping"),
            RecordClass.LOCAL_SERVICES: _("Local services"),
            RecordClass.PAYMENT: _("Payment"),
            RecordClass.LENDING: _("Lending"),
            RecordClass.TRADING: _("Trading"),
            RecordClass.GAMING: _("Games"),
            RecordClass.OTHER: _("Other"),
        },
        OrderKind: {
            OrderKind.UNBIND: _("Take the number off"),
            OrderKind.DEREGISTER: _("Close the account"),
        },
        Standing: {
            Standing.WAITING: _("Waiting for an answer"),
            Standing.ANSWERED: _("Has answered"),
            Standing.SLOW: _("Slow: no answer yet"),
            Standing.SILENT: _("Silent: it did not answer in time"),
        },
        State: {
            State.OPEN: _("Placed"),
            State.IN_PROGRESS: _("Accepted by the platform"),
            State.FULFILLED: _("Done, says the platform"),
            State.VERIFIED: _("Checked by us: it is done"),
            State.CONTRADICTED: _("Not done: the number is still there"),
            State.ESCALATED: _("Said to be done again, and it is not: the operator sees to it"),
            State.DENIED: _("Declined by the platform"),
            State.REVOKED: _("Taken back"),
            State.EXPIRED: _("Overdue: the platform did not act in time"),
        },
        HeldKind: {
            HeldKind.PROOFS: _("Proofs that the number is yours, and codes asked for"),
            HeldKind.DEEDS: _("Proofs that fronts were given, by which we find what they did"),
            HeldKind.SESSIONS: _("Open sessions"),
            HeldKind.TEXTS: _("Texts that wait to be sent; no code is in them"),
            HeldKind.RECEIPTS: _("What platforms have signed of your orders"),
            HeldKind.CLEARANCES: _("What platforms say that they did when it changed hands, as counts"),
            HeldKind.TALLIES: _("How often something was done today that is limited, as counts"),
            HeldKind.QUERIES: _("Questions to platforms"),
            HeldKind.ANSWERS: _("Records that platforms have named"),
            HeldKind.OPEN_ORDERS: _("Open orders"),
            HeldKind.CLOSED_ORDERS: _("Orders that are over"),
            HeldKind.LETTERS: _("Letters that wait for platforms"),
            HeldKind.CHOICES: _("What you have decided about records"),
            HeldKind.STATEMENTS: _("What you have told your carrier"),
            HeldKind.SUBJECTS: _("Platforms that want to hear when the number changes hands"),
            HeldKind.CHANGES: _("What carriers have reported of the number"),
            HeldKind.SIGNALS: _("What platforms were told when the number changed hands"),
        },
        ShownBy: {
            ShownBy.CODE: _("by a code"),
            ShownBy.NETWORK: _("by the network"),
            ShownBy.IN_PERSON: _("in person"),
        },
        DeedKind: {
            DeedKind.PROOF_SHOWN: _("was shown that the number is yours"),
            DeedKind.QUERY_PUT: _("asked platforms for you"),
            DeedKind.ORDER_PLACED: _("placed an order for you"),
            DeedKind.ORDER_REVOKED: _("took an order back for you"),
            DeedKind.ORDERS_SEEN: _("looked at your orders"),
            DeedKind.CHOICE_MADE: _("noted what you have decided about records"),
            DeedKind.CHECKLIST_SEEN: _("looked at the list of what is yours"),
            DeedKind.STATEMENT_MADE: _("told your carrier that nothing is left"),
            DeedKind.EVIDENCE_TAKEN: _("took evidence along"),
            DeedKind.NUMBER_FORGOTTEN: _("had your number forgotten"),
        },
        Urgency: {
            Urgency.MONEY: _("Money"),
            Urgency.IDENTITY: _("Who you are"),
            Urgency.DAILY: _("Every day"),
            Urgency.REST: _("All the rest"),
        },
        Stand: {
            Stand.UNDECIDED: _("Not decided"),
            Stand.ORDERED: _("Ordered, and not done yet"),
            Stand.FREED: _("Done: closed, or the number is off"),
            Stand.MOVED: _("Moved to another number, as you say"),
            Stand.KEPT: _("Stays, as you know"),
        },
        Denial: {
            Denial.NO_MATCH: _("The platform no longer finds this record."),
            Denial.LAST_LOGIN: _("The number is the last way into this account."),
            Denial.OPEN_OBLIGATION: _("Something is still open on this account, such as a payment."),
            Denial.LEGAL_HOLD: _("The law requires the platform to keep this record for now."),
            Denial.OBJECTION: _("The owner of the account says that it is theirs and still in use."),
            Denial.SUSPECTED_FRAUD: _("The platform suspects fraud, and is looking into it."),
            Denial.UNSUPPORTED: _("The platform cannot do this."),
            Denial.OTHER: _("The platform has another reason."),
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
