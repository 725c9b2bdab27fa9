"""This person holds this number: shown by a one-time code, good until a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jiebang.domain.errors import CodeExpired, CodeLocked, ProofStale, TooManyCodes, WrongCode
from jiebang.domain.number import Number
from jiebang.domain.policy import Policy

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Evidence that a person holds a number: first only asked for, then proven, then too old."""

    id: str
    number: Number
    started_at: datetime
    wrong: int = 0
    """Wrong codes so far, those of the number's earlier unfinished proofs included."""
    locked_until: datetime | None = None
    proven_at: datetime | None = None

    def tried(self, *, right: bool, now: datetime, policy: Policy) -> "Proof":
        """
        Take one try at the code and return what the proof is after it; `verdict` says how it went.

        Refuses with `CodeLocked` or `CodeExpired`, before the code is looked at, a try that cannot
        count. A code that was right once is used up.
        """
        if self.locked_until is not None and now < self.locked_until:
            raise CodeLocked(self.locked_until)
        if self.proven_at is not None or self.locked_until or now >= self.started_at + policy.code_life:
            raise CodeExpired
        if right:
            return replace(self, proven_at=now, wrong=0)
        wrong = self.wrong + 1
        lock = now + policy.code_lock if wrong >= policy.code_tries else None
        return replace(self, wrong=wrong, locked_until=lock)

    def verdict(self, policy: Policy) -> None:
        """Refuse, after a try, with `CodeLocked` or `WrongCode`; a right code passes in silence."""
        if self.locked_until is not None:
            raise CodeLocked(self.locked_until)
        if self.proven_at is None:
            raise WrongCode(policy.code_tries - self.wrong)

    def good_until(self, policy: Policy) -> datetime | None:
        """When the proof stops counting; `None` while nothing is proven."""
        return None if self.proven_at is None else self.proven_at + policy.proof_life

    def require(self, now: datetime, policy: Policy) -> None:
        """Refuse with `ProofStale` what needs a proof that counts now."""
        until = self.good_until(policy)
        if until is None or now >= until:
            raise ProofStale


def start(proof_id: str, number: Number, *, earlier: Iterable[Proof], now: datetime, policy: Policy) -> Proof:
    """
    Begin a proof, the same for every number, known or not.

    `earlier` are the number's proofs of the last hour or longer. Wrong tries carry over from an
    unfinished one, so that asking for a new code does not buy new guesses. Refuses with
    `CodeLocked` or `TooManyCodes`, both of which say until when.
    """
    recent = sorted((proof for proof in earlier), key=lambda proof: proof.started_at)
    for proof in recent:
        if proof.locked_until is not None and now < proof.locked_until:
            raise CodeLocked(proof.locked_until)
    within_hour = [proof for proof in recent if proof.started_at > now - _HOUR]
    if len(within_hour) >= policy.codes_per_hour:
        raise TooManyCodes(within_hour[-policy.codes_per_hour].started_at + _HOUR)
    last = within_hour[-1] if within_hour else None
    carried = last.wrong if last is not None and last.locked_until is None else 0
    return Proof(id=proof_id, number=number, started_at=now, wrong=carried)
