"""Problems (RFC 9457), as the machines' door says them."""

from aiohttp import web


def problem(status: int, code: str) -> web.Response:
    """Refuse a request."""
    said = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code}
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if status == 401 else {}  # noqa: PLR2004 - HTTP's
    return web.json_response(said, status=status, headers=headers, content_type="application/problem+json")
