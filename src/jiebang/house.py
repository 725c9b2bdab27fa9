"""House: what every door of one hub needs, opened once and handed in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from joserfc.jwk import KeySet

from jiebang.domain.forgetting import Secrets
from jiebang.domain.policy import Policy
from jiebang.store.database import Database
from jiebang.wire.keys import Key, public_keys
from jiebang.wire.notes import Sealer
from jiebang.wire.oauth import AccessTokens
from jiebang.wire.outside import Outside
from jiebang.wire.safe import Safe


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One hub: its memory, its rules, its key, its public address, and the time."""

    database: Database
    policy: Policy
    key: Key
    issuer: str
    """The hub's public URL, without a slash at the end; it signs and is addressed by it."""
    now: Callable[[], datetime]
    secure_cookies: bool
    list_folder: Path | None = None
    """Where lists are published, to be served; `None` serves none."""
    outside: Outside = field(default_factory=Outside)
    """Where letters may be posted to."""
    keys: KeySet = field(init=False)
    """The public half of `key`, ready to verify with."""
    subject_secret: bytes = field(init=False, repr=False)
    """What keys the subjects that streams are limited to; it is not in the database."""
    number_secret: bytes = field(init=False, repr=False)
    """What keys the numbers that are remembered as hashes only; it is not in the database either."""
    limit_secret: bytes = field(init=False, repr=False)
    """What keys the tallies of what is limited."""
    secrets: Secrets = field(init=False)
    """The three of them."""
    tokens: AccessTokens = field(init=False)
    """The access tokens that were given out with it."""
    safe: Safe = field(init=False)
    """What platforms have entrusted to it."""
    sealer: Sealer = field(init=False)
    """Who signs the journal's checkpoints."""

    def __post_init__(self) -> None:
        """Read the public half, and derive what is needed often, once."""
        object.__setattr__(self, "keys", public_keys(self.key.public_set()))
        object.__setattr__(self, "subject_secret", self.key.secret("subjects"))
        object.__setattr__(self, "number_secret", self.key.secret("numbers"))
        object.__setattr__(self, "limit_secret", self.key.secret("limits"))
        secrets = Secrets(number=self.number_secret, subject=self.subject_secret, limit=self.limit_secret)
        object.__setattr__(self, "secrets", secrets)
        object.__setattr__(self, "tokens", AccessTokens(self.keys, issuer=self.issuer))
        object.__setattr__(self, "safe", Safe(self.key.secret("entrusted")))
        object.__setattr__(self, "sealer", Sealer(f"{self.issuer}/journal", self.key.secret("journal")))
