"""What somebody else's server replies: a JSON object, and no more of it than a small answer needs."""

import json
from typing import Any

import aiohttp

_MOST = 1 << 16
"""Bytes; what is expected has some hundred."""


async def read_object(reply: aiohttp.ClientResponse) -> dict[str, Any]:
    """Read a reply, whatever it calls itself; raises `ValueError` for what is no JSON object, or too long."""
    said = bytearray()
    async for part in reply.content.iter_any():
        said += part
        if len(said) > _MOST:
            raise ValueError("a reply is longer than any that is expected")
    try:
        read = json.loads(said)
    except RecursionError as nested:
        raise ValueError("a reply is nested too deeply") from nested
    if not isinstance(read, dict):
        raise ValueError("a reply is no object")  # noqa: TRY004 - of what is written, and not of a type of ours
    return read
