"""
What can go wrong on the platform's side, drawn as a tree.

    Trouble
    ├── ConfigInvalid       the configuration file is not one that the agent can run with
    ├── LedgerDown          the agent's own ledger cannot be used now: nothing is done until it can
    ├── HubTrouble
    │   ├── HubDown         nobody answers, or not now: try again, nothing is lost
    │   ├── HubStrange      people must look at the configuration; until then try again, nothing is lost
    │   └── HubRefuses      the hub understood and declines
    └── StoreTrouble
        ├── StoreDown       the account store cannot be reached, or not now: try again
        │   └── Promised    it will do what it has not done yet
        └── StoreRefuses    to try again will not help
            ├── TooManyRecords · UnknownRecord · Unsupported · Declined
            ├── Ambiguous · Unsound
            └── HalfDone    the only one of which a change may have been kept

A trouble's words are for the platform's operator and may be logged: they never hold a number, a handle, a
label, a token, or a value that came out of a store.
"""


class Trouble(Exception):  # noqa: N818 - named as what happened; its words are for people
    """Something went wrong."""

    def __str__(self) -> str:
        """Say the words it was raised with, or the first line of the docstring."""
        return str(self.args[0]) if self.args else (self.__doc__ or "").split("\n\n", maxsplit=1)[0]


class ConfigInvalid(Trouble):
    """The configuration file is not one that the agent can run with."""


class LedgerDown(Trouble):
    """The ledger cannot be used, or not now."""


class HubTrouble(Trouble):
    """It did not work out with the hub."""


class HubDown(HubTrouble):
    """The hub cannot be reached, or not now."""


class HubStrange(HubTrouble):
    """What answers is not the hub that is meant, or does not know this platform."""

    def __init__(self, words: str, *, name: str | None = None) -> None:
        """Keep what it calls itself; a stranger's word is for the operator to see, and for no log."""
        super().__init__(words)
        self.name = name


class HubRefuses(HubTrouble):
    """The hub understood and declines."""

    def __init__(self, status: int, code: str) -> None:
        """Keep the HTTP status and the hub's own code."""
        super().__init__(f"The hub refuses with {status} {code}.")
        self.status = status
        self.code = code


class StoreTrouble(Trouble):
    """It did not work out with the account store."""


class StoreDown(StoreTrouble):
    """The account store cannot be reached, or not now."""


class Promised(StoreDown):
    """The account store has accepted the change, and has not made it yet."""


class StoreRefuses(StoreTrouble):
    """The account store does not do what was asked of it."""


class TooManyRecords(StoreRefuses):
    """More records match than one number can have: the store's filter is not to be trusted."""


class UnknownRecord(StoreRefuses):
    """The handle names no kind of record that this agent knows."""


class Unsupported(StoreRefuses):
    """The platform does not do that to records of this kind."""


class Declined(StoreRefuses):
    """The account store's own rules do not allow it for this record; nothing was changed."""


class Ambiguous(StoreRefuses):
    """It is not clear which record is meant, or it did not change as it should; nothing was changed."""


class HalfDone(StoreRefuses):
    """The store took the change and did not do all of it; the record may have changed in part."""


class Unsound(StoreRefuses):
    """The account store, or what the configuration says about it, is not as it must be."""
