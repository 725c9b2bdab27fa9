"""
Whether a directory shows the agent what it has to see: rights are given attribute by attribute.

An attribute that may be written, or searched by, and not be read looks as though nobody had a value in it.
"""

from collections.abc import Iterator, Sequence

from jiebang.agent.connectors.ldap.accounts import Accounts
from jiebang.agent.connectors.ldap.directory import NONE, Directory, Entry, both, either
from jiebang.agent.errors import Unsound

_SOME = 100
"""Accounts that are looked at; one of them that has a value where none is shown is enough."""


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

    Raises `Unsound`, or `StoreTrouble` where the directory does not list accounts.
    """
    tree, question = accounts.store.tree, accounts.store.accounts
    some = directory.page(tree, question, wanted=accounts.wanted, size=_SOME, cookie=b"").entries
    for name in accounts.store.numbers:
        for entry in _suspect(directory, some, name=name, accounts=accounts):
            # Read once more: it may have gone meanwhile, or have got a value.
            again = directory.read(entry.dn, (name,))
            if again is not None and not any(again.under(name)) and is_hidden(directory, entry.dn, name=name):
                raise _hidden(name)


def _suspect(
    directory: Directory, some: Sequence[Entry], *, name: str, accounts: Accounts
) -> Iterator[Entry]:
    """List, with one question for all, those that show no value and do not prove that they have none."""
    named = {
        entry.dn: accounts.called(accounts.handle(entry))
        for entry in some
        if any(entry.under(accounts.store.handle)) and not any(entry.under(name))
    }
    if not named:
        return
    question = both(either(named.values()), _without(name))
    proven = directory.search(accounts.store.tree, question, wanted=NONE, most=len(named))
    clear = {entry.dn for entry in proven.entries}
    yield from (entry for entry in some if entry.dn in named.keys() - clear)


def _without(name: str) -> str:
    return f"(!({name}=*))"


def _hidden(name: str) -> Unsound:
    return Unsound(
        f"The directory does not let the agent's bind_dn search by {name} and read it, which is among"
        " connector.numbers: whoever has a number there would be overlooked."
    )
