"""Every duration and limit, with its reason and its source. An operator may set each one anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from jiebang.domain.showing import ShownBy

AGING: Mapping[str, timedelta] = MappingProxyType(
    {
        # 电信服务规范: a number rests at least 90 days before it is assigned again.
        "86": timedelta(days=90),
        # 47 CFR 52.15(f)(1)(ii): 45 days at the least.
        "1": timedelta(days=45),
    }
)
"""How long a number rests between two holders, by country calling code."""

BATCH_MOST = 1000
"""The most items that one call carries: a part of the protocol's shapes, and so the same at every hub."""

WORDS_MOST = 500
"""The most characters that a platform adds to a denial; the same at every hub as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one hub that are matters of degree; the rules that are not are code."""

    code_life: timedelta = timedelta(minutes=5)
    """A one-time code can be used this long: an SMS may take a minute, a thief should have few."""

    code_tries: int = 5
    """Wrong codes before the number is locked: one in 200,000 guesses right at six digits."""

    code_lock: timedelta = timedelta(minutes=15)
    """How long a number stays locked after too many wrong codes."""

    codes_per_hour: int = 5
    """Codes sent to one number in an hour, so that nobody can be flooded with them."""

    proof_life: timedelta = timedelta(minutes=30)
    """How long a proof is good: long enough to read the results, short enough for a lent phone."""

    answer_slow: timedelta = timedelta(hours=2)
    """After so many working hours a platform is slow: the existing query service answers in two."""

    answer_silent: timedelta = timedelta(hours=48)
    """After this a slow platform is silent: the existing count service answers within 48 hours."""

    answers_kept: timedelta = timedelta(hours=72)
    """Questions and what was answered are erased after this: nobody keeps more than a request needs."""

    session_idle: timedelta = timedelta(minutes=30)
    """A session that nobody has used for this long ends: the browser may be a lent one."""

    objection: timedelta = timedelta(days=7)
    """How long the owner of an uncertain account may object before the number is taken off."""

    unbind_workdays: int = 5
    """A platform's working days to unbind, as the existing service promises."""

    deregister_workdays: int = 15
    """A platform's working days to close an account (GB/T 35273 §8.5)."""

    cooling_off: timedelta = timedelta(hours=72)
    """How long the holder can take a deregistration back before the platform hears of it."""

    aging: Mapping[str, timedelta] = field(default_factory=lambda: AGING)
    """Rest between two holders by country calling code; see `AGING`."""

    aging_elsewhere: timedelta = timedelta(days=45)
    """Rest where no rule of the country is known: the shortest of those that are."""

    poll_wait: timedelta = timedelta(seconds=25)
    """How long a poll waits for a letter: proxies commonly cut a silent connection after 30 seconds."""

    poll_most: int = 1000
    """The most letters that one poll carries."""

    body_most: int = 1 << 20
    """The most bytes that a request may have: a thousand answers fit several times."""

    verify_every: timedelta = timedelta(seconds=10)
    """The least time between two verification letters on one stream (SSF 1.0 §8.1.4.2)."""

    token_life: timedelta = timedelta(minutes=10)
    """How long an access token is good: a party that has left is out within this."""

    assertion_life: timedelta = timedelta(seconds=300)
    """The longest life of a client's assertion (protocol: at most 300 seconds)."""

    signals_kept: timedelta = timedelta(days=400)
    """Signals, and what platforms did about them, are erased after this: a year, and time to notice."""

    push_lease: timedelta = timedelta(seconds=60)
    """How long a worker that posts letters may take before another takes over."""

    push_pause: timedelta = timedelta(seconds=1)
    """A worker's pause after a stream had nothing; twice as long each time that posting fails."""

    push_longest: timedelta = timedelta(minutes=5)
    """The longest pause before a platform that does not take letters is tried again."""

    seal_every: timedelta = timedelta(minutes=1)
    """How often the journal is sealed: what happened can be denied for no longer than this."""

    clearance_due: timedelta = timedelta(hours=48)
    """A platform that has not said after this what it did about a signal counts as silent."""

    statements_kept: timedelta = timedelta(days=30)
    """A holder's word to their carrier that nothing is left is erased after this: they leave within weeks."""

    choices_kept: timedelta = timedelta(days=400)
    """What a holder has decided about a record is erased after this: a year of the tenure, and some time."""

    closed_kept: timedelta = timedelta(days=30)
    """What fronts did, and orders that have ended, are forgotten after this: till then one can complain."""

    attempts: int = 2
    """How often a platform is told to do the same: once more when it was not done; people see to the rest."""

    workday_begins: timedelta = timedelta(hours=9)
    """When a working day begins, after midnight: 09:00, as offices in most places."""

    workday_ends: timedelta = timedelta(hours=18)
    """When it ends: eight hours (China's labour law, article 36) and one for lunch."""

    unbind_shown_by: frozenset[ShownBy] = frozenset(ShownBy)
    """Ways to show a number that are enough to unbind: all, since no account or money is lost by it."""

    deregister_shown_by: frozenset[ShownBy] = frozenset({ShownBy.CODE, ShownBy.IN_PERSON})
    """
    Ways that are enough to close an account: not by the network alone. It vouches for a SIM, not for a
    person: any app on the device, or a guest on its hotspot, can pass (Zhou et al., SIMulation, DSN 2022).
    """
    code_lock_again: timedelta = timedelta(hours=1)
    """How long a number stays locked the second time in a row: whoever mistypes twice can wait."""

    code_lock_longest: timedelta = timedelta(hours=24)
    """The third time and from then on, and half of how long a lock is remembered: some five guesses a day."""

    codes_per_address: int = 300
    """Codes asked for from one address in an hour: many people share one, few machines need a million."""

    codes_per_front: int = 6000
    """Codes that one front asks for in an hour: a carrier's app on a busy day, and no more."""

    assertions_per_front: int = 6000
    """Numbers that one front proves by its word in an hour: as many, so that a stolen key opens not all."""

    queries_per_day: int = 24
    """Questions about one number in a day: an answer does not change more often than each hour."""

    orders_per_day: int = 500
    """Orders about one number in a day: more than 230 platforms take part in the existing service."""

    evidence_per_day: int = 50
    """Evidence taken along about one number in a day: to seal, prove and print it costs the hub a while."""

    checks_per_day: int = 1_000_000
    """Numbers that one platform checks in a day: whoever has more to check takes the published list."""

    suspect_answers: int = 50
    """So few answers in two days say nothing about a platform: by chance all of fewer may be right."""

    suspect_percent: int = 95
    """A platform with records on so many of a hundred numbers claims too much: nobody has everyone."""

    suspect_expected: int = 10
    """So many records a platform should have had and has none: by chance one time in twenty thousand."""

    habits_kept: timedelta = timedelta(days=30)
    """How long it is remembered how a platform answered: a month, so that a change stands out."""

    canaries_per_day: int = 1
    """How often a day, by chance, a platform is asked about a number that nobody holds: it costs little."""

    fresh_proof: timedelta = timedelta(minutes=5)
    """
    How old a proof may be when an account is to be closed: a browser that was left open is not enough.
    European banks end idle sessions after as long (Delegated Regulation (EU) 2018/389, art. 4(3)(d)).
    """

    remind_before: timedelta = timedelta(hours=24)
    """How long before a deregistration leaves its holder is reminded: one waking day to take it back."""

    sim_swap: timedelta = timedelta(hours=72)
    """
    No account is closed for so long after the SIM was changed: whoever lost a number to a thief notices
    a dead line within a weekend. No standard sets it; CAMARA's own check looks back 240 hours by default.
    """

    def __post_init__(self) -> None:
        """Read words for what they mean; raises `ValueError` for what cannot be, or would never be due."""
        for name in ("unbind_shown_by", "deregister_shown_by"):
            object.__setattr__(self, name, frozenset(map(ShownBy, getattr(self, name))))
        if not timedelta(0) <= self.workday_begins < self.workday_ends <= timedelta(days=1):
            raise ValueError("workday_begins must lie before workday_ends, within one day")
