"""
A carrier that reports nothing, and answers CAMARA's questions about its lines itself; a process of its own.

`jiebang sandbox faraway` runs it.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from joserfc.errors import JoseError

from jiebang.domain.errors import BadToken
from jiebang.wire.carriers import CHECKS, SIM_SWAP, Check
from jiebang.wire.keys import public_keys
from jiebang.wire.oauth import read_assertion

_LIFE_SECONDS = 300
_SIM_CHECK = "/sim-swap/v2/check"
_HOURS, _MOST_HOURS = 240, 2400
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
_Reply = tuple[int, dict[str, object]]
_CORRELATOR = re.compile(r"[a-zA-Z0-9\-_:;./<>{}]{0,256}")


class Faraway:
    """The lines of one carrier, and the tokens that it has given out."""

    def __init__(
        self, lines: Mapping[str, Mapping[str, str | None]], *, keys: Mapping[str, Any], url: str
    ) -> None:
        """Open the books."""
        self._lines = {number: date.fromisoformat(str(line["since"])) for number, line in lines.items()}
        self._sims = {number: line.get("sim_changed") for number, line in lines.items()}
        self._keys, self._url = public_keys(dict(keys)), url
        self._tokens: dict[str, datetime] = {}

    def application(self) -> web.Application:
        """Build the application."""
        app = web.Application()
        app.router.add_post("/token", self.token)
        answers: dict[str, Callable[[bytes], _Reply]] = {
            check.path: partial(self._judged, check) for check in CHECKS
        }
        answers |= {SIM_SWAP: self._sim_changed, _SIM_CHECK: self._sim_swapped}
        for path, judged in answers.items():
            app.router.add_post(path, self._answering(judged))
            app.router.add_route("*", path, _not_by_this_method)
        return app

    async def token(self, request: web.Request) -> web.Response:
        """Give a token to whoever shows that they hold their key."""
        form = await request.post()
        now = datetime.now(UTC)
        try:
            read_assertion(
                str(form.get("client_assertion", "")), self._keys, audiences=[f"{self._url}/token"],
                now=now, longest=timedelta(seconds=_LIFE_SECONDS),
            )  # fmt: skip
        except BadToken:
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_urlsafe()
        self._tokens[token] = now + timedelta(seconds=_LIFE_SECONDS)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": _LIFE_SECONDS})

    def _answering(self, judged: Callable[[bytes], _Reply]) -> Any:  # noqa: ANN401 - aiohttp's own coroutine
        async def answer(request: web.Request) -> web.Response:
            correlator = request.headers.get("x-correlator", "")
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if self._tokens.get(token, datetime.min.replace(tzinfo=UTC)) < datetime.now(UTC):
                status, said = _refused(401, "UNAUTHENTICATED")
            elif not _CORRELATOR.fullmatch(correlator):
                status, said = _refused(400, "INVALID_ARGUMENT")
            else:
                status, said = judged(await request.read())
            headers = {"x-correlator": correlator} if _CORRELATOR.fullmatch(correlator) and correlator else {}
            return web.json_response(said, status=status, headers=headers)

        return answer

    def _judged(self, check: Check, body: bytes) -> _Reply:
        try:
            number, on = _asked(json.loads(body), check)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return _refused(400, "INVALID_ARGUMENT")
        if number is not None and on > datetime.now(UTC).date():
            return _refused(400, "OUT_OF_RANGE")
        if number not in self._lines:
            return _unknown(number)
        changed = self._lines[number] > on
        return 200, {check.answer: changed == check.says_changed}

    def _sim_changed(self, body: bytes) -> _Reply:
        try:
            number = _named(json.loads(body))
        except (AttributeError, RecursionError, TypeError, ValueError):
            return _refused(400, "INVALID_ARGUMENT")
        if number not in self._sims:
            return _unknown(number)
        return 200, {"latestSimChange": self._sims[number]}

    def _sim_swapped(self, body: bytes) -> _Reply:
        try:
            said = json.loads(body)
            number, hours = _named(said), _hours(said)
        except (AttributeError, RecursionError, TypeError, ValueError):
            return _refused(400, "INVALID_ARGUMENT")
        if not 1 <= hours <= _MOST_HOURS:
            return _refused(400, "OUT_OF_RANGE")
        if number not in self._sims:
            return _unknown(number)
        changed, since = self._sims[number], datetime.now(UTC) - timedelta(hours=hours)
        return 200, {"swapped": changed is not None and datetime.fromisoformat(changed) >= since}


def _named(said: Mapping[str, str]) -> str | None:
    """Read the number that a question is about; raises what reading something else raises."""
    number = said.get("phoneNumber")
    if "phoneNumber" in said and not _NUMBER.fullmatch(said["phoneNumber"]):
        raise ValueError("not as it is defined")
    return number


def _hours(said: Mapping[str, Any]) -> int:
    hours = said.get("maxAge", _HOURS)
    if type(hours) is not int:
        raise ValueError("not as it is defined")
    return hours


def _unknown(number: str | None) -> _Reply:
    return _refused(422, "MISSING_IDENTIFIER") if number is None else _refused(404, "IDENTIFIER_NOT_FOUND")


def _asked(said: Mapping[str, str], check: Check) -> tuple[str | None, date]:
    """Read a question; raises what reading something else raises."""
    if not _DAY.fullmatch(said[check.day]):
        raise ValueError("not as it is defined")
    return _named(said), date.fromisoformat(said[check.day])


async def _not_by_this_method(_: web.Request) -> web.Response:
    status, said = _refused(405, "METHOD_NOT_ALLOWED")
    return web.json_response(said, status=status, headers={"Allow": "POST"})


def _refused(status: int, code: str) -> _Reply:
    return status, {"status": status, "code": code, "message": code.replace("_", " ").capitalize() + "."}


def opened(lines: Path, keys: Path, *, port: int) -> Faraway:
    """
    Open the books of a carrier from two files of JSON; raises `OSError` and `ValueError` when they are none.

    `lines` has each number's day of contract, `since`, and when its SIM was changed, `sim_changed`; `keys`
    the public keys (a JWK set) of those who may ask.
    """
    try:
        known = json.loads(lines.read_text()), json.loads(keys.read_text())
        return Faraway(known[0], keys=known[1], url=f"http://127.0.0.1:{port}")
    except (AttributeError, KeyError, TypeError, JoseError) as wrong:
        raise ValueError("not as it is described") from wrong


def answer(carrier: Faraway, *, port: int) -> None:
    """Answer until told to end."""
    web.run_app(carrier.application(), host="127.0.0.1", port=port, print=None)
