"""What an index is of: what was listed in another store, or by another list, says nothing about this one."""

import json
from hashlib import sha256
from typing import Any

from jiebang.agent.connectors.http.paths import Path
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.sql.store import SqlStore

_OF_ACCOUNT = {"id", "numbers", "closed"}


def source(store: SqlStore | ScimStore | LdapStore | HttpStore) -> str:
    """Give a fingerprint of whatever decides which accounts are listed, and with which numbers."""
    said = json.dumps(_said(store), sort_keys=True, default=_plain)
    return sha256(said.encode()).hexdigest()


def _said(store: SqlStore | ScimStore | LdapStore | HttpStore) -> list[Any]:
    match store:
        case SqlStore():
            lists = [(record.kind, record.list, record.list_from, record.list_by) for record in store.record]
            return [store.url.render_as_string(), lists]
        case ScimStore():
            return [store.url]
        case LdapStore():
            return [store.url, store.bind_dn, store.tree, store.accounts, store.handle, store.numbers]
        case HttpStore():
            asked = store.asked.model_dump(include={"list", "read"})
            return [store.url, store.kind, asked, store.asked.account.model_dump(include=_OF_ACCOUNT)]


def _plain(path: object) -> str:
    """Write the one thing that JSON cannot."""
    if not isinstance(path, Path):
        raise TypeError
    return path.text
