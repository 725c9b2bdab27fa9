"""Whether a directory is as the configuration says: its places are there, and its attributes are known."""

from collections.abc import Iterator

from ldap3.protocol.rfc4512 import AttributeTypeInfo

from jiebang.agent.connectors.ldap.directory import Directory
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.errors import Unsound

_SCHEMA_OF = ("subschemaSubentry",)


def check_sound(directory: Directory, store: LdapStore) -> None:
    """See that all is there that the configuration names; raises `Unsound`, which says what is not."""
    for key, place in (
        ("base", store.tree),
        ("group_base", store.group_tree),
        ("accesslog", store.accesslog),
    ):
        if place is not None and directory.read(place, _SCHEMA_OF) is None:
            raise Unsound(f"The directory shows nothing at connector.{key}.")
    known = _known(directory, store)
    unknown = [name for name in _named(store) if known and name.lower() not in known]
    if unknown:
        raise Unsound(f"The directory's schema has no attribute {unknown[0]}, which the configuration names.")


def _known(directory: Directory, store: LdapStore) -> set[str]:
    """List the names of attributes in the directory's schema (RFC 4512 §4.2); none where it shows none."""
    top = directory.read(store.tree, _SCHEMA_OF)
    place = top.text(_SCHEMA_OF[0]) if top else None
    schema = directory.read(place, ("attributeTypes",), question="(objectClass=subschema)") if place else None
    if schema is None:
        return set()
    written = [value.decode(errors="replace") for _, value in schema.under("attributeTypes")]
    types = AttributeTypeInfo.from_definition(written)
    return {name.lower() for one in types.values() for name in [*(one.name or []), one.oid]}


def _named(store: LdapStore) -> Iterator[str]:
    """List the attributes that the configuration names."""
    yield from (*store.numbers, store.handle, *store.label, *store.logins, store.created_at, *store.groups)
    yield from (name for name in (store.bound_at, store.last_used) if name)
    yield from (mark.attribute for mark in (store.disable, store.flag) if mark)
