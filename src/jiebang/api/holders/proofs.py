"""A holder proves a number through a front: by a code from the hub, or by the front's own signed word."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter
from joserfc.errors import JoseError
from pydantic import BaseModel, Field

from jiebang.api.callers import InHouse
from jiebang.api.description import told
from jiebang.api.holders.callers import PREFIX, Proving
from jiebang.counting import count
from jiebang.domain.binding import OrderKind
from jiebang.domain.errors import (
    CodeExpired,
    CodeLocked,
    NotANumber,
    TooManyCodes,
    UnknownProof,
    WrongCode,
)
from jiebang.domain.limit import Limited, TooMuch
from jiebang.domain.number import parse
from jiebang.domain.showing import BadAssertion, ShownBy
from jiebang.flows.believe_front import believe_front
from jiebang.flows.confirm_proof import confirm_proof
from jiebang.flows.start_proof import start_proof
from jiebang.house import House
from jiebang.store import parties, sessions
from jiebang.wire.codes import is_code
from jiebang.wire.keys import public_keys
from jiebang.wire.showings import read_showing

router = APIRouter(prefix=PREFIX, tags=["Fronts"])


class NumberShape(BaseModel):
    """The number that somebody says is theirs."""

    number: str = Field(max_length=40, description="E.164.", examples=["+8613700137001"])


class StartedShape(BaseModel):
    """A code is on its way; this is the same for every number."""

    proof_id: str
    code_until: datetime = Field(description="Until when the code can be told.")


class CodeShape(BaseModel):
    """What the holder has typed in."""

    code: str = Field(max_length=40)


class AssertionShape(BaseModel):
    """Your signed word, a JWS in compact form."""

    assertion: str = Field(max_length=8000)


class ProvenShape(BaseModel):
    """The number is proven; send `proof` with every call for this holder."""

    proof: str = Field(description="For the header `Jiebang-Proof`. Keep it as you keep a password.")
    shown_by: ShownBy
    good_until: datetime
    fresh_until: datetime | None = Field(description="Until when accounts can be closed by it.")
    enough_for: list[OrderKind] = Field(description="What may be ordered on a number shown in this way.")


_TOO_SOON = (CodeLocked, TooManyCodes, TooMuch)


@router.post("/proofs", status_code=HTTPStatus.CREATED, responses=told(NotANumber, *_TOO_SOON))
def start(said: NumberShape, house: InHouse, *, grant: Proving) -> StartedShape:
    """Have a code sent to a number. The answer is the same whether or not anybody knows the number."""
    number, policy = parse(said.number), house.policy
    count(house, Limited.CODES_FOR_FRONT, who=grant.party_id)
    begun = start_proof(house.database, number, now=house.now(), policy=policy, front_id=grant.party_id)
    return StartedShape(proof_id=begun.id, code_until=begun.started_at + policy.code_life)


@router.post("/proofs/{proof_id}/code", responses=told(WrongCode, CodeExpired, CodeLocked, UnknownProof))
def tell_code(proof_id: str, said: CodeShape, *, house: InHouse, grant: Proving) -> ProvenShape:
    """Tell the code that the holder has typed in; of wrong ones only a few are looked at."""
    right = is_code(said.code, proof_id, secret=house.key.secret("codes"))
    token = confirm_proof(
        house.database, proof_id, right=right, now=house.now(), policy=house.policy, front_id=grant.party_id
    )
    return _given(house, token, front_id=grant.party_id)


@router.post("/assertions", status_code=HTTPStatus.CREATED, responses=told(BadAssertion, NotANumber, TooMuch))
def assert_shown(said: AssertionShape, house: InHouse, *, grant: Proving) -> ProvenShape:
    """Say how a holder has shown the number to you: signed with your key, for this hub, used once."""
    with house.database.read() as connection:
        jwks = parties.get(connection, grant.party_id).jwks
    try:
        keys = public_keys(jwks)
    except (JoseError, ValueError) as refused:
        raise BadAssertion from refused
    showing = read_showing(
        said.assertion, keys, front_id=grant.party_id, audience=house.issuer,
        now=house.now(), longest=house.policy.assertion_life,
    )  # fmt: skip
    count(house, Limited.ASSERTIONS_BY_FRONT, who=grant.party_id)
    token = believe_front(house.database, showing, now=house.now())
    return _given(house, token, front_id=grant.party_id)


def _given(house: House, token: str, *, front_id: str) -> ProvenShape:
    with house.database.read() as connection:
        proof = sessions.find(connection, token, front_id=front_id)
    return ProvenShape(
        proof=token,
        shown_by=proof.shown_by,
        good_until=house.now() + house.policy.proof_life,
        fresh_until=proof.fresh_until(house.policy),
        enough_for=[kind for kind in OrderKind if kind in proof.enough(house.policy)],
    )
