"""An identity provider that nobody here wrote: `scim2-server`, which keeps its accounts in memory."""

from collections.abc import Mapping
from itertools import count

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import Number, parse
from tests.agent.scim_server import TOKEN, ScimServer
from tests.systems.gate import Gate, Gated, Lie
from tests.systems.system import CANARY

_CONNECTOR = """
[connector]
type = "scim"
url = "{url}"
bearer_token_env = "TEST_SCIM_TOKEN"
can = ["unbind", "deregister"]
class = "social"
"""
_SPELLINGS = ("e164", "rfc3966", "international")


class Scim2ServerSystem(Gated):
    """A running `scim2-server` behind a gate."""

    name = "scim2-server"
    can = frozenset(OrderKind)
    bound = BoundSource.ACCOUNT_CREATED
    several_numbers = True
    shared_numbers = True
    tells_logins = False
    touched = frozenset({"phoneNumbers", "lastModified", "version"})
    everyone = Lie(rb"value eq ", b"value ne ")

    def __init__(self) -> None:
        self.server = ScimServer()
        self.gate = Gate(int(self.server.host.rpartition(":")[2]))
        self.serial = count()
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part."""
        return _CONNECTOR.format(url=url or f"http://127.0.0.1:{self.gate.port}/v2")

    def secrets(self) -> Mapping[str, str]:
        """Give the bearer token."""
        return {"TEST_SCIM_TOKEN": TOKEN}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register somebody; whose number is all there is has it as a name too, and each name is unique."""
        written = [
            Number(number).spelled(_SPELLINGS[numbers[:place].count(number)])
            for place, number in enumerate(numbers)
        ]
        name = numbers[0] if alone else f"wanqiu{next(self.serial)}"
        return self.server.add(name, *written, displayName="林晚秋", active=True)

    def numbers(self, handle: str) -> list[str]:
        """List somebody's numbers."""
        return [parse(value).e164 for value in self.server.numbers(handle)]

    def is_open(self, handle: str) -> bool:
        """Whether there is such an account."""
        return self.server.account(handle) is not None

    def snapshot(self) -> Mapping[str, object]:
        """Every account."""
        found = self.server.call("GET", "/Users?count=100000")
        assert len(found["Resources"]) == found["totalResults"]
        return {f"account-{account['id']}": account for account in found["Resources"]}

    def stop(self) -> None:
        """End the process."""
        self.gate.close()
        self.server.stop()
