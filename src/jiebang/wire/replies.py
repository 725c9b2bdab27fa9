"""What somebody else's server replies: JSON, and no more of it than a small answer needs."""

import json
from typing import Any

import aiohttp

_MOST = 1 << 16
"""Bytes; what is expected has some hundred."""


async def read_json(reply: aiohttp.ClientResponse) -> Any:  # noqa: ANN401 - JSON
    """Read a reply as JSON, whatever it calls itself; raises `ValueError` for what is none, or too long."""
    said = bytearray()
    async for part in reply.content.iter_any():
        said += part
        if len(said) > _MOST:
            raise ValueError("a reply is longer than any that is expected")
    try:
        return json.loads(said)
    except RecursionError as nested:
        raise ValueError("a reply is nested too deeply") from nested
