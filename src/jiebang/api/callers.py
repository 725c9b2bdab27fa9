"""Who is calling: access tokens, checked, and what they allow."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from jiebang.domain.errors import BadToken, MissingScope
from jiebang.domain.party import SCOPES
from jiebang.house import House
from jiebang.wire.oauth import Grant, read_access_token

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
    kind, _, token = (said or "").partition(" ")
    if kind.lower() != "bearer":
        raise BadToken
    grant = read_access_token(token, house.keys, issuer=house.issuer, now=house.now())
    if not grant.scopes & set(needed.scopes):
        raise MissingScope
    return grant
