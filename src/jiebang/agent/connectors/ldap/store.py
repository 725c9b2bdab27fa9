"""What a configuration says of an account store behind LDAP v3, and what each dialect takes as said."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.search import parse_filter
from ldap3.utils.dn import parse_dn
from pydantic import AfterValidator, Field, model_validator

from jiebang.agent.fields import FilePath, Part, Patience, Spelling
from jiebang.domain.binding import OrderKind, RecordClass
from jiebang.domain.number import SPELLINGS

GUID = "objectGUID"
"""The one handle that is not text: sixteen octets, the first three groups of them turned around."""
ENTRY_UUID = "entryUUID"
"""A directory's own name for an entry (RFC 4530), by which its log knows it too."""
CONTROL = "userAccountControl"
"""Active Directory's own word for whether an account is disabled; one bit of a number."""


def _address(url: str) -> str:
    sound = re.fullmatch(r"(?:ldaps?://[^/@]+|ldapi://[^/@]+)/?", url) is not None
    try:
        sound = sound and (url.startswith("ldapi://") or urlsplit(url).port != 0)
    except ValueError:
        sound = False  # a port that is no number, or too large a one
    if not sound:
        raise ValueError("must be ldaps://, ldap:// or ldapi:// and a host, and hold no name or password")
    return url.rstrip("/")


def _attribute(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+", name):
        raise ValueError("must be the name of an attribute, such as telephoneNumber")
    return name


def _filter(text: str) -> str:
    try:
        parse_filter(text, None, False, False, None, False)  # noqa: FBT003 - the library takes them in this order
    except LDAPExceptionError as broken:
        raise ValueError("must be an LDAP filter (RFC 4515), such as (objectClass=inetOrgPerson)") from broken
    return text


def _dn(text: str) -> str:
    try:
        parse_dn(text)
    except LDAPExceptionError as broken:
        raise ValueError("must be a distinguished name (RFC 4514), such as dc=shop,dc=example") from broken
    return text


Address = Annotated[str, AfterValidator(_address)]
Attribute = Annotated[str, AfterValidator(_attribute)]
Filter = Annotated[str, AfterValidator(_filter)]
Dn = Annotated[str, AfterValidator(_dn)]


class LdapMark(Part):
    """An attribute that is given a value."""

    attribute: Attribute
    value: str = Field(min_length=1)


class LdapStore(Part):
    """An account store behind LDAP v3 (RFC 4511), or Active Directory."""

    type: Literal["ldap"]
    url: Address
    dialect: Literal["ldap", "active-directory"] = "ldap"
    tls: Literal["starttls", "plain"] = "starttls"
    """What is done with `ldap://`; `plain` sends the password as it is."""
    ca_file: FilePath | None = None
    """Who has signed the directory's certificate; the machine's own list where it is not said."""
    bind_dn: str = Field(min_length=1)
    password_env: str | None = None
    password_file: FilePath | None = None
    patience: Patience = 10
    tree: Dn = Field(alias="base")
    accounts: Filter = ""
    numbers: tuple[Attribute, ...] = Field(min_length=1)
    spellings: tuple[Spelling, ...] = Field(SPELLINGS, min_length=1)
    handle: Attribute = ""
    label: tuple[Attribute, ...] = ("displayName", "cn")
    logins: tuple[Attribute, ...] = ()
    bound_at: Attribute | None = None
    accesslog: Dn | None = None
    created_at: Attribute = ""
    last_used: Attribute | None = None
    record_class: RecordClass = Field(RecordClass.OTHER, alias="class")
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()
    deregister: Literal["delete", "disable"] = "delete"
    disable: LdapMark | None = None
    """What `deregister = "disable"` sets; Active Directory's own bit where that is the dialect."""
    flag: LdapMark | None = None
    groups: tuple[Attribute, ...] = ()
    """Attributes of groups that name a deleted account: `memberUid` its `uid`, any other its name."""
    group_tree: Dn | None = Field(None, alias="group_base")

    @property
    def is_ad(self) -> bool:
        """Whether the directory is Active Directory, or speaks as it does."""
        return self.dialect == "active-directory"

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, said: object) -> object:
        """Fill in what a dialect takes as said."""
        if not isinstance(said, dict):
            return said
        ad = said.get("dialect") == "active-directory"
        return {
            "accounts": "(&(objectCategory=person)(objectClass=user))" if ad else "(objectClass=person)",
            "handle": GUID if ad else ENTRY_UUID,
            "created_at": "whenCreated" if ad else "createTimestamp",
        } | said

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.deregister == "disable" and self.disable is None and not self.is_ad:
            raise ValueError(
                'deregister = "disable" needs connector.disable: which attribute gets which value'
            )
        if self.bound_at is not None and self.accesslog is not None:
            raise ValueError("bound_at and accesslog exclude one another")
        if self.accesslog is not None and self.handle.lower() != ENTRY_UUID.lower():
            raise ValueError(f"accesslog names accounts by {ENTRY_UUID}, so that must be the handle")
        return self
