"""This person holds this number: shown to the hub or to a front, good until a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jiebang.domain.errors import CodeExpired, CodeLocked, ProofStale, TooManyCodes, Unproven, WrongCode
from jiebang.domain.number import Number
from jiebang.domain.policy import Policy
from jiebang.domain.showing import ShownBy, WeakProof

_HOUR = timedelta(hours=1)


class ProofNotFresh(Unproven):
    """To close an account you need a new proof; please prove the number once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Evidence that a person holds a number: first only asked for, then proven, then too old."""

    id: str
    number: Number
    started_at: datetime
    wrong: int = 0
    """Wrong codes since the number was last proven or locked, whichever of its codes was meant."""
    locks: int = 0
    """How often the number was locked before, since it was last proven; each lock is longer."""
    locked_until: datetime | None = None
    proven_at: datetime | None = None
    shown_by: ShownBy = ShownBy.CODE
    front_id: str | None = None
    """Through which front it was shown; `None` is the hub's own portal."""
    asserted: bool = False
    """Whether the hub has it by the front's word; otherwise it has seen the code itself."""

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
        lock = now + self._lock(policy) if wrong >= policy.code_tries else None
        return replace(self, wrong=wrong, locked_until=lock)

    def _lock(self, policy: Policy) -> timedelta:
        """How long the number is locked now: the more often it was, the longer."""
        waits = (policy.code_lock, policy.code_lock_again, policy.code_lock_longest)
        return waits[min(self.locks, len(waits) - 1)]

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

    def fresh_until(self, policy: Policy) -> datetime | None:
        """When the proof stops allowing what cannot be undone; `None` while nothing is proven."""
        return None if self.proven_at is None else self.proven_at + policy.fresh_proof

    def is_fresh(self, now: datetime, policy: Policy) -> bool:
        """Whether the proof was given so lately that it allows what cannot be undone."""
        until = self.fresh_until(policy)
        return until is not None and now < until

    def require_fresh(self, now: datetime, policy: Policy) -> None:
        """Refuse with `ProofNotFresh` what cannot be undone and needs a proof of the last minutes."""
        if not self.is_fresh(now, policy):
            raise ProofNotFresh

    def enough(self, policy: Policy) -> frozenset[str]:
        """Name the kinds of order for which the number was shown well enough."""
        ways = {"unbind": policy.unbind_shown_by, "deregister": policy.deregister_shown_by}
        return frozenset(kind for kind, shown_by in ways.items() if self.shown_by in shown_by)

    def require_enough(self, kind: str, policy: Policy) -> None:
        """Refuse with `WeakProof` a kind of order that needs the number to be shown in another way."""
        if kind not in self.enough(policy):
            raise WeakProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A front's signed word that a holder has shown a number to it; good for one use."""

    front_id: str
    number: Number
    shown_by: ShownBy
    jti: str
    until: datetime
    """Until when somebody else could try to use it again."""

    def proof(self, proof_id: str, now: datetime) -> Proof:
        """Take the front at its word."""
        return Proof(
            id=proof_id, number=self.number, started_at=now, proven_at=now,
            shown_by=self.shown_by, front_id=self.front_id, asserted=True,
        )  # fmt: skip


def remembered(policy: Policy) -> timedelta:
    """How long a proof counts against later ones: a lock lasts, and is then remembered twice as long."""
    return max(_HOUR, 3 * policy.code_lock_longest)


def kept(policy: Policy) -> timedelta:
    """How long a proof is kept: as long as what was asked by it, and until it counts against none."""
    return max(policy.answers_kept, remembered(policy))


def start(
    proof_id: str,
    number: Number,
    *,
    earlier: Iterable[Proof],
    now: datetime,
    policy: Policy,
    front_id: str | None = None,
) -> Proof:
    """
    Begin a proof by a code, at the portal or through a front; the same for every number, known or not.

    `earlier` are the number's proofs that are `remembered`, or more; for those that a front has asserted
    no code was sent. Wrong tries carry over from an unfinished one, so that neither asking for a new code
    nor waiting buys new guesses. Refuses with `CodeLocked` or `TooManyCodes`, which say until when.
    """
    since = now - remembered(policy)
    by_code = (proof for proof in earlier if not proof.asserted and proof.started_at > since)
    recent = sorted(by_code, key=lambda proof: proof.started_at)
    for proof in recent:
        if proof.locked_until is not None and now < proof.locked_until:
            raise CodeLocked(proof.locked_until)
    within_hour = [proof for proof in recent if proof.started_at > now - _HOUR]
    if len(within_hour) >= policy.codes_per_hour:
        raise TooManyCodes(within_hour[-policy.codes_per_hour].started_at + _HOUR)
    last = recent[-1] if recent else None
    carried = last.wrong if last is not None and last.locked_until is None else 0
    locks = _locks(recent, since=now - 2 * policy.code_lock_longest)
    return Proof(id=proof_id, number=number, started_at=now, wrong=carried, locks=locks, front_id=front_id)


def _locks(recent: Iterable[Proof], *, since: datetime) -> int:
    """Count how often a number was locked since it was last proven; a lock holds all of its open codes."""
    locks: set[datetime] = set()
    for proof in recent:
        if proof.proven_at is not None and not proof.asserted:
            locks.clear()
        elif proof.locked_until is not None and proof.locked_until > since:
            locks.add(proof.locked_until)
    return len(locks)
