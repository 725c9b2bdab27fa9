"""Secrets: fetched from the environment or a file, never written in a configuration."""

import os
from pathlib import Path

from jiebang.agent.errors import ConfigInvalid


def secret(name: str, *, env: str | None, file: Path | None) -> str | None:
    """Fetch a secret from where the configuration says it is; `None` where it names no place."""
    if env is not None and file is not None:
        raise ConfigInvalid(f"connector.{name}_env and connector.{name}_file exclude one another.")
    if env is not None:
        if not os.environ.get(env):
            raise ConfigInvalid(f"connector.{name}_env names {env}, which is not set.")
        return os.environ[env]
    try:
        return file.read_text().strip() if file is not None else None
    except OSError as missing:
        raise ConfigInvalid(f"connector.{name}_file cannot be read: {missing.strerror}.") from None
