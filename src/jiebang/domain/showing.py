"""How a holder shows that a number is theirs, through whose door, and why that is not taken."""

from enum import StrEnum

from jiebang.domain.errors import NotAllowed, Unproven


class ShownBy(StrEnum):
    """How a number was shown to be somebody's."""

    CODE = "code"
    """They typed in a code that was sent to it."""
    NETWORK = "network"
    """The carrier's network has seen that their device is on it."""
    IN_PERSON = "in_person"
    """They came to a counter, with whatever a person is asked for there."""


class BadAssertion(Unproven):
    """The assertion is not one that this hub can trust now."""


class NotYourProof(Unproven):
    """This is not a proof that was given to you, or not any more; please prove the number again."""


class WeakProof(NotAllowed):
    """This needs the number to be shown in another way, such as by a code that is sent to it."""
