"""Who is calling: access tokens, checked, and what they allow."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from jiebang.domain.errors import BadToken, MissingScope
from jiebang.domain.party import SCOPES
from jiebang.house import House
from jiebang.wire.oauth import Grant

_every_scope = {scope: role.value for role, scopes in SCOPES.items() for scope in scopes}
_scheme = OAuth2(
    flows=OAuthFlows(
        clientCredentials=OAuthFlowClientCredentials(tokenUrl="/oauth/token", scopes=_every_scope)
    ),
    auto_error=False,
    description="Client credentials with private_key_jwt (RFC 7523).",
)


def house_of(request: Request) -> House:
    """The house that this door belongs to."""
    house: House = request.app.state.house
    return house


InHouse = Annotated[House, Depends(house_of)]


def caller(needed: SecurityScopes, house: InHouse, *, said: Annotated[str | None, Depends(_scheme)]) -> Grant:
    """
    Check the access token of a call.

    Refuses with `BadToken` a missing, false or old one, with `MissingScope` one that allows less
    than is needed.
    """
    return granted(house, said, scopes=needed.scopes)


def granted(house: House, said: str | None, *, scopes: Iterable[str]) -> Grant:
    """Check what an `Authorization` header says; refuses as `caller` does."""
    kind, _, token = (said or "").partition(" ")
    if kind.lower() != "bearer":
        raise BadToken
    grant = house.tokens.read(token, now=house.now())
    if grant.scopes.isdisjoint(scopes):
        raise MissingScope
    return grant
