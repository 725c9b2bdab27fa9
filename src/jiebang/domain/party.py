"""Carriers, platforms and fronts: who has joined the hub, and what each may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Role(StrEnum):
    """What a party is to the hub."""

    CARRIER = "carrier"
    PLATFORM = "platform"
    FRONT = "front"


_ASKING = ("number-recycling:check", "kyc-tenure:check-tenure")
"""Who has dealings with holders may ask whether a number has changed hands; CAMARA's own scopes."""

SCOPES: Mapping[Role, tuple[str, ...]] = MappingProxyType(
    {
        Role.CARRIER: ("changes.write", "clearances.read", "statements.read", *_ASKING),
        Role.PLATFORM: (
            "ssf.manage",
            "ssf.read",
            "answers.write",
            "outcomes.write",
            "clearances.write",
            *_ASKING,
        ),
        Role.FRONT: ("holder.prove", "holder.read", "holder.order"),
    }
)
"""What a role may be granted (OAuth 2 scopes; those of streams are the CAEP Interoperability Profile's)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One who has joined: a name for people, public keys for machines."""

    id: str
    role: Role
    name: str
    jwks: Mapping[str, Any]
    """The party's public keys, as a JWK set (RFC 7517)."""
    change_url: str | None = None
    """Where a holder puts another number in the place of this one, at a platform that has such a page."""
    timezone: str = "UTC"
    """In which zone (IANA name) the days that it reports, and those that it works, begin and end."""
    country: str | None = None
    """Whose holidays it keeps (ISO 3166-1, such as `CN`); without one, it works from Monday to Friday."""
