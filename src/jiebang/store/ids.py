"""Ids: opaque text with a prefix that says what is named, so that a stray id in a log is understood."""

import secrets


def new(prefix: str) -> str:
    """Make an id that nobody can guess, such as `ord_3q2-7wAAx…` (120 random bits)."""
    return f"{prefix}_{secrets.token_urlsafe(15)}"
