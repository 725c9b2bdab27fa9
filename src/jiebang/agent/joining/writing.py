"""Writing the first configuration, and the key that goes with it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jiebang.agent.config import load
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.joining.kinds import Answers, Kind, begun, key_name, written
from jiebang.wire import keys
from jiebang.wire.keys import Key


class Written(NamedTuple):
    """Where everything is."""

    config: Path
    key: Path
    public: Path
    """The half of the key that the hub's operator is given."""
    begun: Sequence[Path]
    """What its operator has to fill in before anything works."""


def check_free(to: Path, *, over: bool) -> None:
    """Refuse as `write` would for what is there already: that can be told before anything is asked."""
    _before(to, over=over)
    _own(to.with_name(key_name(to.stem)))


def write(kind: Kind, answers: Answers, *, to: Path, over: bool) -> Written:
    """
    Write a configuration, and a key where there is none; the key is never written over.

    Raises `ConfigInvalid` when something is there already and `over` does not say that it may go, or
    when an answer is not one that the agent can run with; then nothing new is left behind.
    """
    before = _before(to, over=over)
    key = to.with_name(key_name(to.stem))
    own = _own(key)
    config = written(kind, answers, stem=to.stem)
    begins = {to.parent / name: text for name, text in begun(kind, answers, config=config).items()}
    begins = {path: text for path, text in begins.items() if not path.exists()}
    try:
        for path, text in {**begins, to: config}.items():
            path.write_text(text)
        load(to)
    except ConfigInvalid:
        to.unlink() if before is None else to.write_text(before)
        for path in begins:
            path.unlink()
        raise
    except OSError as failed:
        raise ConfigInvalid(f"{to} cannot be written: {failed.strerror}.") from None
    public = key.with_suffix(".public.json")
    if not key.exists():
        keys.write(own, key)
    public.write_text(json.dumps(own.public_set(), indent=2) + "\n")
    return Written(to, key, public, list(begins))


def _own(key: Path) -> Key:
    """Read the key that is there, or make one."""
    try:
        return keys.read(key) if key.exists() else keys.make()
    except (OSError, ValueError):
        raise ConfigInvalid(f"{key} is there, and holds no private key; move it away.") from None


def _before(to: Path, *, over: bool) -> str | None:
    """Read what is to be written over; `None` when there is nothing."""
    if not to.exists():
        return None
    if not over:
        raise ConfigInvalid(f"{to} is there already; --overwrite writes over it.")
    return to.read_text()
