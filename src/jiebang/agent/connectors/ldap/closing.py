"""What taking a number off, closing an account and marking it mean in a directory: changes of its entry."""

from collections.abc import Iterator, Mapping
from typing import Any

import ldap3

from jiebang.agent.connectors.ldap.accounts import Accounts, Stored
from jiebang.agent.connectors.ldap.directory import NONE, Directory, Entry, equals
from jiebang.agent.connectors.ldap.showing import is_hidden
from jiebang.agent.connectors.ldap.store import CONTROL, LdapMark
from jiebang.agent.errors import StoreRefuses, Unsound

_DISABLED = 0x2
"""ADS_UF_ACCOUNTDISABLE, of userAccountControl (MS-ADTS §2.2.16)."""
_GROUPS_AT_ONCE = 200

Steps = list[tuple[Any, list[bytes]]]


def taken_off(stored: Stored, *, back: bool = False) -> dict[str, Steps]:
    """
    Take exactly these values off: who does not have them any more is not changed.

    `back` puts them on again in the same piece, for a rehearsal: then nothing is changed in the end.
    """
    by_name: dict[str, list[bytes]] = {}
    for name, value in stored:
        by_name.setdefault(name, []).append(value)
    ends: list[Any] = [ldap3.MODIFY_DELETE, ldap3.MODIFY_ADD] if back else [ldap3.MODIFY_DELETE]
    return {name: [(end, values) for end in ends] for name, values in by_name.items()}


def disabled(accounts: Accounts, entry: Entry, *, really: bool = True) -> dict[str, Steps]:
    """
    Disable an account, as the configuration says.

    For a rehearsal (`really=False`) the mark is set and taken off again, and what stood there put back. Of
    `userAccountControl` what stands there is written over itself: of two values in one piece Samba takes
    the first, and the account would stay disabled.
    """
    mark = accounts.store.disable
    if mark is not None:
        return {mark.attribute: _marking(mark, entry, really=really)}
    was = _control(entry)
    if was is None:
        raise StoreRefuses(f"The directory shows no {CONTROL} of the account.")
    then = was | _DISABLED if really else was
    # The old value is taken off, not written over: who changed it in between is not undone.
    return {CONTROL: [(ldap3.MODIFY_DELETE, [b"%d" % was]), (ldap3.MODIFY_ADD, [b"%d" % then])]}


def _control(entry: Entry) -> int | None:
    text = entry.text(CONTROL) or ""
    return int(text) if text.lstrip("-").isdecimal() else None


def _marking(mark: LdapMark, entry: Entry, *, really: bool) -> Steps:
    value = [mark.value.encode()]
    if really:
        return [(ldap3.MODIFY_REPLACE, value)]
    # Value by value, never whole: what the agent may not see would be lost.
    before = [own for name, own in entry.under(mark.attribute) if name.lower() == mark.attribute.lower()]
    off, on = ([(end, before)] if before else [] for end in (ldap3.MODIFY_DELETE, ldap3.MODIFY_ADD))
    return [*off, (ldap3.MODIFY_ADD, value), (ldap3.MODIFY_DELETE, value), *on]


def check_seen(directory: Directory, entry: Entry, *, accounts: Accounts) -> None:
    """
    See that the mark of a closed account would be shown; raises `Unsound`.

    An account that has none proves it too: a directory says of what it shows alone that it is not there.
    """
    mark = accounts.store.disable
    if mark is None or any(entry.under(mark.attribute)):
        return
    if is_hidden(directory, accounts.place(entry), name=mark.attribute):
        raise Unsound(
            f"The directory does not let the agent's bind_dn read {mark.attribute}, which connector.disable"
            " sets: it could not see that an account is closed."
        )


def is_closed(directory: Directory, entry: Entry, *, accounts: Accounts) -> bool:
    """
    Whether an account that is there still is closed: only where it is to be disabled, and is.

    A mark that is not shown is asked for: an agent may be let search by it, and not read it.
    """
    if accounts.store.deregister == "delete":
        return False
    mark = accounts.store.disable
    if mark is None:
        return bool((_control(entry) or 0) & _DISABLED)
    if mark.value.encode() in {value for _, value in entry.under(mark.attribute)}:
        return True
    marked_so = equals(mark.attribute, mark.value)
    return directory.read(accounts.place(entry), NONE, question=marked_so) is not None


def marked(accounts: Accounts, entry: Entry, *, back: bool = False) -> dict[str, Steps] | None:
    """
    Mark an account for people to look at; `None` where it is marked already.

    `back` takes the mark off again in the same piece, for a rehearsal.
    """
    mark = accounts.store.flag
    if mark is None or mark.value.encode() in {value for _, value in entry.under(mark.attribute)}:
        return None
    ends: list[Any] = [ldap3.MODIFY_ADD, ldap3.MODIFY_DELETE] if back else [ldap3.MODIFY_ADD]
    return {mark.attribute: [(end, [mark.value.encode()]) for end in ends]}


def drop(directory: Directory, entry: Entry, *, accounts: Accounts, only_if: str) -> bool:
    """
    Delete an account, and first take its name out of the groups that have it.

    In this order, because whoever is killed in between finds the account again, and goes on. What the
    directory then does not delete is put back into its groups. `False` when it is not as it was read.
    """
    left: list[tuple[str, Mapping[str, Steps]]] = []
    done = False
    try:
        for group, name, value in _groups(directory, entry, accounts=accounts):
            if directory.modify(group, {name: [(ldap3.MODIFY_DELETE, [value])]}):
                left.append((group, {name: [(ldap3.MODIFY_ADD, [value])]}))
        done = directory.drop(accounts.place(entry), only_if=only_if)
    finally:
        if not done:
            for group, again in left:
                directory.modify(group, again)
    return done


def _groups(directory: Directory, entry: Entry, *, accounts: Accounts) -> Iterator[tuple[str, str, bytes]]:
    """List the groups that name an account, by which attribute, and how."""
    store = accounts.store
    tree = store.group_tree or store.tree
    for name in store.groups:
        by_uid = name.lower() == "memberuid"
        own_names = [value for _, value in entry.under("uid")] if by_uid else [entry.dn.encode()]
        for value in own_names:
            found = directory.search(tree, equals(name, value), wanted=NONE, most=_GROUPS_AT_ONCE)
            if found.cut:
                raise StoreRefuses(f"More than {_GROUPS_AT_ONCE} groups name the account by {name}.")
            yield from ((group.dn, name, value) for group in found.entries)
