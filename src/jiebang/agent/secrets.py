"""Secrets: fetched from the environment or a file, never written in a configuration."""

import os
from pathlib import Path

from jiebang.agent.errors import ConfigInvalid


def secret(name: str, *, env: str | None, file: Path | None) -> str | None:
    """Fetch a secret from where the configuration says it is; `None` where it names no place."""
    if env is not None and file is not None:
        raise ConfigInvalid(f"connector.{name}_env and connector.{name}_file exclude one another.")
    found = _in_environment(name, env) if env is not None else _in_file(name, file)
    if found is not None and not found.isprintable():
        raise ConfigInvalid(f"connector.{name} must be one line of text, where it is kept.")
    return found


def _in_environment(name: str, env: str) -> str:
    if not os.environ.get(env):
        raise ConfigInvalid(f"connector.{name}_env names {env}, which is not set.")
    return os.environ[env]


def _in_file(name: str, file: Path | None) -> str | None:
    try:
        return file.read_text().strip() if file is not None else None
    except (OSError, UnicodeDecodeError) as missing:
        why = missing.strerror if isinstance(missing, OSError) else "it is not text"
        raise ConfigInvalid(f"connector.{name}_file cannot be read: {why}.") from None
