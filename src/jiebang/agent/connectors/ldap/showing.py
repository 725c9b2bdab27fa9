"""
Whether a directory shows the agent what it has to see: rights are given attribute by attribute.

An attribute that may be written, or searched by, and not be read looks as though nobody had a value in it.
"""

from collections.abc import Sequence

from jiebang.agent.connectors.ldap.accounts import Accounts
from jiebang.agent.connectors.ldap.directory import NONE, Directory, Entry, both, either
from jiebang.agent.errors import Unsound

_SOME = 100
"""Accounts that are looked at."""


def is_hidden(directory: Directory, place: str, *, name: str) -> bool:
    """
    Whether an entry may have a value that is not shown, in an attribute in which it shows none.

    A directory says that nothing is there only to who may search by it, and only where that is so.
    """
    return directory.read(place, NONE, question=_without(name)) is None


def check_numbers_shown(directory: Directory, entry: Entry, *, accounts: Accounts) -> None:
    """See that one account shows each attribute that has numbers, if it has a value; raises `Unsound`."""
    for name in accounts.store.numbers:
        if not any(entry.under(name)) and is_hidden(directory, accounts.place(entry), name=name):
            raise _hidden(name)


def check_some_shown(directory: Directory, accounts: Accounts) -> None:
    """
    See the same of some accounts: the canary alone may have no value in an attribute that nobody is shown.

    One is enough: others may be protected, as Active Directory protects its administrators.

    Raises `Unsound`, or `StoreTrouble` where the directory does not list accounts.
    """
    tree, question = accounts.store.tree, accounts.store.accounts
    listed = directory.page(tree, question, wanted=accounts.wanted, size=_SOME, cookie=b"").entries
    some = [entry for entry in listed if any(entry.under(accounts.store.handle))]
    for name in accounts.store.numbers:
        if some and not _is_shown(directory, some, name=name, accounts=accounts):
            raise _hidden(name)


def _is_shown(directory: Directory, some: Sequence[Entry], *, name: str, accounts: Accounts) -> bool:
    """Whether one of those that have a value shows it, or where nobody has one, whether one proves that."""
    question = both(either(accounts.called(accounts.handle(entry)) for entry in some), _with(name))
    having = directory.search(accounts.store.tree, question, wanted=(name,), most=len(some)).entries
    if having:
        return any(any(entry.under(name)) for entry in having)
    proven = any(not is_hidden(directory, entry.dn, name=name) for entry in some)
    # All of them may have gone meanwhile.
    return proven or not any(directory.read(entry.dn, NONE) for entry in some)


def _with(name: str) -> str:
    return f"({name}=*)"


def _without(name: str) -> str:
    return f"(!{_with(name)})"


def _hidden(name: str) -> Unsound:
    return Unsound(
        f"The directory does not let the agent's bind_dn search by {name} and read it, which is among"
        " connector.numbers: whoever has a number there would be overlooked."
    )
