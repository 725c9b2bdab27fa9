"""Evidence at a door: the journal is sealed first, so that each entry has its proof; then it is gathered."""

from jiebang.counting import count
from jiebang.domain.evidence import Evidence
from jiebang.domain.letter import Letter
from jiebang.domain.limit import Limited
from jiebang.domain.proof import Proof
from jiebang.flows.gather_evidence import Hub, gather_evidence
from jiebang.flows.seal_journal import seal_journal
from jiebang.house import House
from jiebang.wire.tokens import Route, payload


def gather(house: House, proof: Proof, *, order_id: str | None = None) -> Evidence:
    """
    Gather the evidence about one order of a holder's, or about all of them.

    Refuses with `TooMuch`, and as the flow does: `ProofStale`, `UnknownOrder`, `NeverSealed`.
    """
    proof.require(house.now(), house.policy)
    count(house, Limited.EVIDENCE_ON_NUMBER, who=proof.number.e164)

    def said(letter: Letter) -> str:
        return payload(letter, Route(issuer=house.issuer, audience=letter.platform_id))

    while seal_journal(house.database, now=house.now(), sign=house.sealer.seal):
        pass
    hub = Hub(
        address=house.issuer, key=str(house.sealer.verifier()), payload=said, sign=house.sealer.signature
    )
    return gather_evidence(
        house.database, proof, hub=hub, now=house.now(), policy=house.policy, order_id=order_id
    )
