"""A small world in one directory: a hub, two platforms with agents, a carrier with two fronts, SMS."""

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jiebang.domain.party import Party, Role
from jiebang.flows.add_party import add_party
from jiebang.sandbox.carrier import Row, write
from jiebang.sandbox.gateway import SmsGateway, Text
from jiebang.sandbox.identity import IdentityProvider
from jiebang.sandbox.program import PATIENCE_SECONDS, NotAsTold, Program, clean, free_port, installed
from jiebang.sandbox.shop import Shop
from jiebang.sandbox.web import is_up
from jiebang.store.database import Database
from jiebang.wire import keys

SHOP = "par_bluebird"
IDENTITY = "par_pinecone"
CARRIER = "par_shanhe"
APP, COUNTER = "par_zhangting", "par_yingyeting"

PARTIES = {
    SHOP: (Role.PLATFORM, "青鸟商城", "shop"),
    IDENTITY: (Role.PLATFORM, "松果通行证", "identity"),
    CARRIER: (Role.CARRIER, "山河通信", "carrier"),
    APP: (Role.FRONT, "山河掌厅", "app"),
    COUNTER: (Role.FRONT, "山河营业厅", "counter"),
}
"""Who joins the hub: by id, what each is, its invented name, and its folder."""

CANARY = "+8613700137000"
"""The number with an account at both platforms on which their agents prove that they work."""

_CONFIGS = Path(__file__).parent / "configs"
_HUB_IN_CONFIGS = "http://127.0.0.1:8000"
_IDENTITY_IN_CONFIGS = "http://127.0.0.1:8080/v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a world is laid out; what is left empty is chosen."""

    directory: Path
    database_url: str = ""
    hub_port: int = 0
    public_url: str = ""
    """Where the hub is reached, when that is not where it listens."""
    worker_apart: bool = False
    """Whether the worker runs as a process of its own."""
    more: Mapping[str, str] = field(default_factory=dict)
    """What else stands in an agent's configuration, by its folder."""
    policy: Mapping[str, str] = field(default_factory=lambda: {"objection": "PT2S"})


@contextmanager
def opened(plan: Plan, *, shown: Callable[[Text], None] = lambda _: None) -> Iterator["World"]:
    """Open a world, and leave nothing of it running."""
    world = World(plan, shown=shown)
    try:
        world.open()
        yield world
    finally:
        world.close()


class World:
    """Everything that takes part, each as a process of its own; the gateway alone is a thread of this one."""

    def __init__(self, plan: Plan, *, shown: Callable[[Text], None] = lambda _: None) -> None:
        self.plan = plan
        place = plan.directory
        self.hub_url = f"http://127.0.0.1:{plan.hub_port or free_port()}"
        self.public_url = plan.public_url or self.hub_url
        self.gateway = SmsGateway(port=free_port(), shown=shown)
        self.shop = Shop(place / "shop/shop.db")
        self.identity = IdentityProvider(
            port=free_port(), token="pinecone-cone-42", output=place / "logs/identity.log"
        )
        environment = self._hub_environment()
        port = self.hub_url.rpartition(":")[2]
        serving = ["serve", "--port", port, *(["--no-worker"] if plan.worker_apart else [])]
        self.hub = self._program("hub", serving, **environment)
        self.worker = self._program("worker", ["worker"], **environment) if plan.worker_apart else None
        self.agents = {
            name: self._program(f"{name}-agent", ["agent", "run", str(place / name / "agent.toml")])
            for name in ("shop", "identity")
        }

    @property
    def programs(self) -> list[Program]:
        """List the processes of Jiebang's own programs: first the hub, then its worker, then the agents."""
        return [self.hub, *([self.worker] if self.worker else []), *self.agents.values()]

    def open(self) -> None:
        """Lay everything out, start it, and return when all of it is there."""
        (self.plan.directory / "logs").mkdir(parents=True)
        self.identity.start()
        self.hub.start()
        self.gateway.open()
        for _, _, folder in PARTIES.values():
            self._furnish(folder)
        (self.plan.directory / "identity/bearer-token").write_text(self.identity.token)
        self.shop.create()
        self.shop.sign_up(CANARY.removeprefix("+86"), "金丝雀")
        self.await_hub()
        self._add_parties()
        self.identity.wait()
        self.identity.sign_up(CANARY, "金丝雀", login="canary")
        self.revive()

    def close(self) -> None:
        """End everything by its process id."""
        started = [self.identity.program, *self.programs]
        for program in started:
            program.dismiss()
        for program in started:
            program.stop()
        self.gateway.close()

    def revive(self) -> None:
        """Start whatever of Jiebang's own programs is not running."""
        self.hub.start()
        self.await_hub()
        for program in self.programs:
            program.start()

    def await_hub(self) -> None:
        """Wait until the hub says that it is ready."""
        self.hub.until("the hub is ready", lambda: is_up(f"{self.hub_url}/healthz"))

    def load(self, rows: Iterable[Row]) -> str:
        """Have the carrier report; returns what `jiebang carrier load` says, and raises when it refuses."""
        report = self.plan.directory / "changes.csv"
        write(rows, report)
        return self.command("carrier", "load", str(report), "--carrier", CARRIER)

    def command(self, *words: str) -> str:
        """Run a command of Jiebang's to its end, and return what it says."""
        done = subprocess.run(
            [installed("jiebang"), *words],
            env=clean(self._hub_environment()),
            cwd=self.plan.directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        if done.returncode != 0:
            raise NotAsTold(f"`jiebang {' '.join(words[:2])}` failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _furnish(self, name: str) -> None:
        """Make a party's folder, with its keys and, where it has an agent, the agent's configuration."""
        folder = self.plan.directory / name
        folder.mkdir(parents=True)
        key = keys.make()
        keys.write(key, folder / "agent-key.json")
        (folder / "public.json").write_text(json.dumps(key.public_set()))
        if name in self.agents:
            config = (_CONFIGS / f"{name}.toml").read_text()
            config = config.replace(_HUB_IN_CONFIGS, self.public_url)
            config = config.replace(_IDENTITY_IN_CONFIGS, self.identity.url)
            (folder / "agent.toml").write_text(config + self.plan.more.get(name, ""))

    def _add_parties(self) -> None:
        """Let everybody join as `jiebang party add` does, in one go instead of one process for each."""
        database = Database(self._hub_environment()["JIEBANG_DATABASE_URL"])
        for party_id, (role, name, folder) in PARTIES.items():
            jwks = json.loads((self.plan.directory / folder / "public.json").read_text())
            party = Party(
                id=party_id, role=role, name=name, jwks=jwks, timezone="Asia/Shanghai", country="CN"
            )
            add_party(database, party, now=datetime.now(UTC))
        database.close()

    def _hub_environment(self) -> dict[str, str]:
        place = self.plan.directory
        return {
            "JIEBANG_DATABASE_URL": self.plan.database_url or f"sqlite:///{place / 'hub.db'}",
            "JIEBANG_PUBLIC_URL": self.public_url,
            "JIEBANG_KEY_FILE": str(place / "hub-key.json"),
            "JIEBANG_SMS_URL": self.gateway.url,
            "JIEBANG_POLICY": json.dumps(dict(self.plan.policy)),
        }

    def _program(self, name: str, words: list[str], **environment: str) -> Program:
        output = self.plan.directory / "logs" / f"{name}.log"
        return Program([installed("jiebang"), *words], output=output, environment=environment)
