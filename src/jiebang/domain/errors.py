"""
Every way to say no, drawn as a tree.

    Refusal
    ├── Malformed           what was said cannot be understood
    │   └── NotANumber · NotASpan · NotALetter · DayInTheFuture · FixedByTheHub
    ├── Unknown             nothing of that name is here for the one who asks
    │   ├── UnknownParty · UnknownStream · UnknownProof · UnknownQuery
    │   └── UnknownBinding · UnknownOrder · UnknownSignal · NeverSealed
    ├── Unproven            who is asking has not shown what they must
    │   ├── WrongCode · CodeExpired · ProofStale · ProofNotFresh · BadAssertion · NotYourProof · SimUnchecked
    │   └── BadToken · MissingScope · FalseReceipt
    ├── NotAllowed          understood, and declined: the rules say no
    │   ├── NotAsked · NotYourAccount · NotCertain · NotClosable · NothingTicked
    │   └── ReceiverInside · WeakProof · NotInDoubt
    ├── Conflict            somebody else was first, or it is too late
    │   ├── OrderMoved · OrderEnded · PartyExists · StreamExists · BindingNotOffered
    │   └── NumberLeft · NotFinished · NobodyToTell
    ├── TooSoon             not before the time it names
    │   └── CodeLocked · TooManyCodes · VerifiedTooOften · TooMuch · SimSwapped
    └── ChangeRejected      a carrier's change that contradicts what is known (`rejections.py`)
        └── InTheFuture · GoesBack · StillHeld · StillAging · NotHeld · NothingToTakeBack

A refusal's docstring is its message, and `code` its name for machines. None carries a number, code or token.
"""

import re
from datetime import datetime
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is not an error: the request was understood and declined
    """The request was declined."""

    code: ClassVar[str] = "refusal"

    def __init_subclass__(cls) -> None:
        """Name the refusal for machines after its class: `NotYourAccount` is `not_your_account`."""
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def sentence(cls) -> str:
        """Give the docstring's first sentence: the message stands once, where the class is defined."""
        return " ".join((cls.__doc__ or "").split("\n\n", maxsplit=1)[0].split())

    def __str__(self) -> str:
        """Say the message."""
        return self.sentence()


class Malformed(Refusal):
    """What was said cannot be understood."""


class NotANumber(Malformed):
    """This is not a telephone number that can exist."""


class NotASpan(Malformed):
    """A span cannot end before it begins, and its instants need a time zone."""


class NotALetter(Malformed):
    """This letter is not one that this side understands."""


class FixedByTheHub(Malformed):
    """The hub sets this; send it as it is, or leave it out."""


class Unknown(Refusal):
    """There is nothing of that name here."""


class UnknownParty(Unknown):
    """No party of that id has joined this hub."""


class UnknownStream(Unknown):
    """There is no such stream."""


class UnknownProof(Unknown):
    """There is no such proof; please start again."""


class UnknownQuery(Unknown):
    """There is no such query for you."""


class UnknownBinding(Unknown):
    """There is no such record in your results."""


class UnknownOrder(Unknown):
    """There is no such order for you."""


class UnknownSignal(Unknown):
    """There is no such signal for you."""


class Unproven(Refusal):
    """Who is asking has not shown what they must."""


class WrongCode(Unproven):
    """That is not the code that was sent."""

    def __init__(self, tries_left: int) -> None:
        """Say how many tries are left before the number is locked."""
        super().__init__(tries_left)
        self.tries_left = tries_left


class CodeExpired(Unproven):
    """The code is no longer good; please ask for a new one."""


class ProofStale(Unproven):
    """It has been too long since the number was proven; please prove it again."""


class BadToken(Unproven):
    """The token is not one of ours, not for this use, or not valid now."""


class MissingScope(Unproven):
    """The token does not carry the scope that this needs."""


class NotAllowed(Refusal):
    """The rules say no."""


class NotAsked(NotAllowed):
    """This question was not put to you."""


class NotYourAccount(NotAllowed):
    """An earlier holder's account can lose the number, but it can never be closed."""


class NotCertain(NotAllowed):
    """It is not certain whose account this is, so it cannot be closed."""


class NotClosable(NotAllowed):
    """Only an account can be closed, and only where its platform offers it."""


class NothingTicked(NotAllowed):
    """Choose at least one."""


class Conflict(Refusal):
    """Somebody else was first."""


class OrderMoved(Conflict):
    """This order has moved on in the meantime."""


class OrderEnded(Conflict):
    """This order has ended and cannot be changed any more."""


class PartyExists(Conflict):
    """A party of that id has joined already."""


class StreamExists(Conflict):
    """This platform has a stream already."""


class BindingNotOffered(Conflict):
    """The platform does not offer that for this record."""


class TooSoon(Refusal):
    """Not yet."""

    def __init__(self, until: datetime) -> None:
        """Say when it will be possible again."""
        super().__init__(until)
        self.until = until


class CodeLocked(TooSoon):
    """Too many wrong codes: this number is locked for a while."""


class TooManyCodes(TooSoon):
    """Too many codes were sent to this number."""


class VerifiedTooOften(TooSoon):
    """A verification letter was asked for too soon after the last one."""
