"""OAuth 2: metadata (RFC 8414), the hub's public keys, and tokens for client credentials (RFC 6749 §4.4)."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import JSONResponse
from joserfc.errors import JoseError
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import problems
from jiebang.api.problems import NOT_UNDERSTOOD, TOO_LARGE
from jiebang.domain.errors import BadToken, UnknownParty
from jiebang.domain.party import SCOPES, Party
from jiebang.flows.use_assertion import use_assertion
from jiebang.house import House
from jiebang.store import parties
from jiebang.wire import oauth
from jiebang.wire.keys import ALGORITHM, public_keys

router = APIRouter(tags=["OAuth 2"])


class Metadata(BaseModel):
    """Where tokens are had, and how (RFC 8414 §2)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str] = Field(default=[], description="None: nobody is redirected here.")
    grant_types_supported: list[str] = ["client_credentials"]
    proofs_supported: list[str] = Field(
        default=["private_key_jwt"], serialization_alias="token_endpoint_auth_methods_supported"
    )
    algorithms_supported: list[str] = Field(
        default=[ALGORITHM], serialization_alias="token_endpoint_auth_signing_alg_values_supported"
    )


class Keys(BaseModel):
    """A JWK set (RFC 7517 §5)."""

    keys: list[dict[str, str]]


class Token(BaseModel):
    """An access token (RFC 6749 §5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind, not a secret
    expires_in: int
    scope: str


class TokenRefusal(BaseModel):
    """Why no token was given (RFC 6749 §5.2)."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str


@router.get("/.well-known/oauth-authorization-server")
def metadata(house: InHouse) -> Metadata:
    """Say how to get a token (RFC 8414)."""
    return Metadata(
        issuer=house.issuer,
        token_endpoint=f"{house.issuer}/oauth/token",
        jwks_uri=f"{house.issuer}/jwks.json",
        scopes_supported=sorted({scope for scopes in SCOPES.values() for scope in scopes}),
    )


@router.get("/jwks.json")
def jwks(house: InHouse) -> Keys:
    """Give the hub's public keys: letters and tokens are signed with them (RFC 7517)."""
    return Keys(keys=house.key.public_set()["keys"])


@router.post(
    "/oauth/token",
    response_model=Token,
    responses={
        400: {"model": TokenRefusal},
        401: {"model": TokenRefusal},
        **problems(TOO_LARGE, NOT_UNDERSTOOD),
    },
)
def token(
    house: InHouse,
    grant_type: Annotated[str, Form()] = "",
    *,
    client_assertion_type: Annotated[str, Form()] = "",
    client_assertion: Annotated[str, Form()] = "",
    scope: Annotated[str, Form()] = "",
) -> JSONResponse:
    """Give a party that shows it holds its key a token for what it may do."""
    if grant_type != "client_credentials":
        return _refusal("unsupported_grant_type", "Only client_credentials is offered.")
    if client_assertion_type != oauth.ASSERTION_TYPE or not client_assertion:
        return _refusal("invalid_request", "A client assertion (private_key_jwt) is needed.")
    try:
        party = _authenticated(house, client_assertion)
    except (BadToken, UnknownParty):
        return _refusal("invalid_client", "The assertion is not one that this hub can trust now.")
    allowed = set(SCOPES[party.role])
    wanted = set(scope.split()) or allowed
    if not wanted <= allowed:
        return _refusal("invalid_scope", "Your role does not have that scope.")
    life = house.policy.token_life
    grant = oauth.Grant(party_id=party.id, scopes=frozenset(wanted))
    signed = oauth.sign_access_token(grant, house.issuer, key=house.key, now=house.now(), life=life)
    body = Token(access_token=signed, expires_in=int(life.total_seconds()), scope=" ".join(sorted(wanted)))
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "no-store"})


def _authenticated(house: House, assertion: str) -> Party:
    with house.database.read() as connection:
        party = parties.get(connection, oauth.claimed_party(assertion))
    try:
        keys = public_keys(party.jwks)
    except (JoseError, ValueError) as refused:
        raise BadToken from refused
    read = oauth.read_assertion(
        assertion,
        keys,
        audiences=(house.issuer, f"{house.issuer}/oauth/token"),
        now=house.now(),
        longest=house.policy.assertion_life,
    )
    use_assertion(house.database, party.id, jti=read.jti, until=read.until)
    return party


def _refusal(
    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"], words: str
) -> JSONResponse:
    status = HTTPStatus.UNAUTHORIZED if error == "invalid_client" else HTTPStatus.BAD_REQUEST
    body = TokenRefusal(error=error, error_description=words)
    return JSONResponse(body.model_dump(), status_code=status, headers={"Cache-Control": "no-store"})
