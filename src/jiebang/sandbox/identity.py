"""
An identity provider that nobody here wrote: `scim2-server`, as a process of its own.

It keeps its accounts in memory, speaks SCIM 2.0 (RFC 7643, 7644), and stamps each with the instant at which
it was created. Since when an account has had its telephone number, it does not know.
"""

import json
from pathlib import Path
from typing import Any

from jiebang.domain.number import parse
from jiebang.sandbox.program import NotAsTold, Program, installed
from jiebang.sandbox.shop import AlreadyRegistered
from jiebang.sandbox.web import Reply, call, is_up

_CREATED = 201
_FOUND = 200
_CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class IdentityProvider:
    """The identity provider's program, and its sign-up page."""

    def __init__(self, *, port: int, token: str, output: Path) -> None:
        command = [str(installed("scim2-server")), "--port", str(port), "--bearer-token", token]
        self.program = Program(command, output=output, environment={"PYTHONUNBUFFERED": "1"})
        self.url = f"http://127.0.0.1:{port}/v2"
        self.token = token

    def start(self) -> None:
        """Start the server, without waiting for it."""
        self.program.start()

    def wait(self) -> None:
        """Wait until it answers."""
        self.program.until(
            "the identity provider answers", lambda: is_up(f"{self.url}/ServiceProviderConfig")
        )

    def sign_up(self, number: str, name: str, *, login: str) -> str:
        """
        Open an account and return its id, as its sign-up page does.

        It looks the number up first and refuses with `AlreadyRegistered`, because nothing in SCIM
        makes a number unique. The number travels in a body and never in an address, which would
        be written into logs (RFC 7644 §3.4.3).
        """
        stored = parse(number).spelled("rfc3966")
        wanted = {"schemas": [_SEARCH], "filter": f'phoneNumbers.value eq "{stored}"'}
        found = self._call("POST", "/Users/.search", expected=_FOUND, said=wanted).json()
        if found["totalResults"]:
            raise AlreadyRegistered
        account = {
            "schemas": [_CORE], "userName": login, "displayName": name, "active": True,
            "emails": [{"value": f"{login}@mail.example", "type": "home"}],
            "phoneNumbers": [{"value": stored, "type": "mobile"}],
        }  # fmt: skip
        return str(self._call("POST", "/Users", expected=_CREATED, said=account).json()["id"])

    def account(self, account_id: str) -> dict[str, Any]:
        """Read all that the provider has about one account."""
        known: dict[str, Any] = self._call("GET", f"/Users/{account_id}", expected=_FOUND).json()
        return known

    def _call(self, method: str, path: str, *, expected: int, said: object = None) -> Reply:
        body = None if said is None else json.dumps(said).encode()
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {self.token}"}
        reply = call(method, self.url + path, body=body, headers=headers)
        if reply.status != expected:
            raise NotAsTold(f"the identity provider answered {reply.status}")
        return reply
