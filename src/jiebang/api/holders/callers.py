"""Which front calls, and for which holder: an access token, and beside it the proof that it was given."""

from typing import Annotated

from fastapi import Depends, Header, Security

from jiebang.api.callers import InHouse, caller
from jiebang.domain.proof import Proof
from jiebang.flows.use_session import use_session
from jiebang.wire.oauth import Grant

PREFIX = "/holder/v1"

ProofToken = Annotated[
    str,
    Header(
        alias="Jiebang-Proof",
        max_length=64,
        description="What you were given when the holder had shown the number; for your access tokens alone.",
    ),
]


def proven(grant: Annotated[Grant, Depends(caller)], house: InHouse, *, proof_token: ProofToken) -> Proof:
    """
    The proof that this front was given, and that still counts.

    Refuses with `NotYourProof` one that was given to somebody else, or never, and with `ProofStale`.
    """
    return use_session(
        house.database, proof_token, now=house.now(), policy=house.policy, front_id=grant.party_id
    )


Proving = Annotated[Grant, Security(caller, scopes=["holder.prove"])]
Reading = Annotated[Proof, Security(proven, scopes=["holder.read"])]
Ordering = Annotated[Proof, Security(proven, scopes=["holder.order"])]
