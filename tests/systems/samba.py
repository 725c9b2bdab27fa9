"""Samba as a domain controller of Active Directory, reached by a socket in its folder; it opens no port."""

import fcntl
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import ldap3
from ldap3.utils.conv import escape_bytes

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import Number, parse
from tests.systems.gate import Gate, Gated
from tests.systems.slapd import EVERYONE
from tests.systems.system import CANARY

TREE = "DC=shop,DC=example"
PASSWORD = "Passw0rd-for-tests"
_KEPT = Path(__file__).parents[2] / "var/cache"
# An interface that no machine has: the domain controller is reached by its socket alone.
_CONFIG = """
[global]
netbios name = DC1
realm = SHOP.EXAMPLE
workgroup = SHOP
server role = active directory domain controller
server services = ldap
dcerpc endpoint servers =
disable netbios = yes
ldap server require strong auth = no
interfaces = 127.77.0.1/32
bind interfaces only = yes
private dir = {folder}/private
lock dir = {folder}
state directory = {folder}/state
cache directory = {folder}/cache
binddns dir = {folder}/bind-dns
pid directory = {folder}
ncalrpc dir = {folder}/ncalrpc
log file = {folder}/log
"""
_CONNECTOR = """
[connector]
type = "ldap"
dialect = "active-directory"
url = "{url}"
tls = "plain"
bind_dn = "agent@shop.example"
password_env = "TEST_LDAP_PASSWORD"
base = "{tree}"
numbers = ["mobile", "telephoneNumber", "otherMobile"]
spellings = ["e164", "national_digits", "international"]
label = ["displayName"]
last_used = "lastLogonTimestamp"
class = "other"
can = ["unbind", "deregister"]
deregister = "disable"
"""
_RESTLESS = {
    "whenChanged", "lastLogon", "lastLogonTimestamp", "logonCount", "badPwdCount", "badPasswordTime",
}  # fmt: skip
"""What differs when somebody comes in, and an instant that is of the same second or not."""
_STAMPS = {"uSNChanged", "replPropertyMetaData"}
DISABLED = 2


class Samba:
    """A running domain controller, and its operator's own connection to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dc"
        shutil.copytree(_provisioned(), self.folder, symlinks=True)
        config = self.folder / "smb.conf"
        config.write_text(_CONFIG.format(folder=self.folder))
        command = ["/usr/sbin/samba", "-i", "-M", "single", "-s", str(config), "-d0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = str(self.folder / "private/ldapi")
        self.url = f"ldapi://{quote(self.socket, safe='')}"
        self._wait()
        # Account operators may change and delete accounts, and nothing else.
        agent = self.add("agent", password=PASSWORD)
        self.admin.modify(
            f"CN=Account Operators,CN=Builtin,{TREE}",
            {"member": [(ldap3.MODIFY_ADD, [self.entries(by(agent))[0]["dn"]])]},
        )
        # Whoever comes in for the first time is written down.
        self._bound("agent").strategy.close()

    def _wait(self) -> None:
        with socket.socket(socket.AF_UNIX) as probe:
            for _ in range(600):
                if probe.connect_ex(self.socket) == 0:
                    break
                time.sleep(0.05)
        self.admin = self._bound("administrator")

    def _bound(self, name: str) -> ldap3.Connection:
        return ldap3.Connection(
            ldap3.Server(self.url, get_info=ldap3.NONE), f"{name}@shop.example", PASSWORD,
            auto_bind=True, auto_referrals=False, raise_exceptions=True, check_names=False,
        )  # fmt: skip

    def entries(self, question: str, *wanted: str, tree: str = TREE) -> list[dict[str, Any]]:
        """Search as the operator; gives the names of entries as `dn`, and their values as lists of octets."""
        self.admin.search(tree, question, attributes=list(wanted) or ["*", "replPropertyMetaData"])
        return [
            {"dn": said["dn"], **said["raw_attributes"]}
            for said in self.admin.response or []
            if said["type"] == "searchResEntry"
        ]

    def add(self, name: str, *, password: str | None = None, **more: str | list[str]) -> str:
        """Register somebody, by default one who needs no password; gives the handle of their account."""
        dn = f"CN={name},CN=Users,{TREE}"
        said: dict[str, Any] = {"sAMAccountName": name, "userPrincipalName": f"{name}@shop.example"}
        secret = {"unicodePwd": f'"{password}"'.encode("utf-16-le")} if password else {}
        control = {"userAccountControl": "512" if password else "544"}
        self.admin.add(dn, ["user"], said | secret | control | more)
        return f"account-{UUID(bytes_le=self.entries(f'(sAMAccountName={name})')[0]['objectGUID'][0])}"

    def account(self, handle: str) -> dict[str, Any] | None:
        """Read what an account is; `None` when there is none."""
        return next(iter(self.entries(by(handle))), None)

    def stop(self) -> None:
        """End the process."""
        self.admin.strategy.close()
        self.process.terminate()
        self.process.wait(10)


class SambaSystem(Gated):
    """A running domain controller behind a gate."""

    name = "samba"
    can = frozenset(OrderKind)
    bound = BoundSource.NATIVE
    several_numbers = True
    shared_numbers = True
    tells_logins = False
    touched = frozenset({"mobile", "uSNChanged", "replPropertyMetaData"})
    everyone = EVERYONE

    def __init__(self, folder: Path) -> None:
        self.samba = Samba(folder)
        self.gate = Gate(self.samba.socket)
        self.serial = count()
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part."""
        return connector(url or f"ldap://127.0.0.1:{self.gate.port}")

    def secrets(self) -> Mapping[str, str]:
        """Give the agent's password."""
        return {"TEST_LDAP_PASSWORD": PASSWORD}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register somebody; everybody has a name to come in by."""
        del alone
        written = [
            Number(number).spelled("international" if number in numbers[:place] else "e164")
            for place, number in enumerate(numbers)
        ]
        more: dict[str, Any] = {"otherMobile": written[1:]} if written[1:] else {}
        own = f"wanqiu{next(self.serial)}"
        return self.samba.add(own, password=None, displayName="林晚秋", mobile=written[0], **more)

    def numbers(self, handle: str) -> list[str]:
        """List somebody's numbers; of a closed account none are looked at."""
        account = self.samba.account(handle) or {}
        values = [*account.get("mobile", []), *account.get("otherMobile", [])]
        return [parse(value.decode(), region="CN").e164 for value in values]

    def is_open(self, handle: str) -> bool:
        """Whether the account is there and not disabled."""
        account = self.samba.account(handle)
        return account is not None and not int(account["userAccountControl"][0]) & DISABLED

    def snapshot(self) -> Mapping[str, object]:
        """Every entry of the domain, accounts by their handles and other entries by their names."""
        kept: dict[str, object] = {}
        for said in self.samba.entries("(objectClass=*)"):
            own = f"account-{UUID(bytes_le=said['objectGUID'][0])}"
            # An agent that starts takes the number off its canary and puts it back.
            own_stamps = _STAMPS if CANARY.encode() in said.get("mobile", []) else set()
            told = {name: value for name, value in said.items() if name not in _RESTLESS | own_stamps}
            kept[own if b"user" in said["objectClass"] else said["dn"]] = told
        return kept

    def stop(self) -> None:
        """End the process."""
        self.gate.close()
        self.samba.stop()


def connector(url: str, **instead: str) -> str:
    """Write the `[connector]` part of an agent's configuration, with some lines put differently."""
    lines = _CONNECTOR.format(url=url, tree=TREE).splitlines()
    kept = [line for line in lines if line.partition(" = ")[0] not in instead]
    return "\n".join([*kept, *(f"{key} = {value}" for key, value in instead.items() if value), ""])


def by(handle: str) -> str:
    """Write the filter for an account's handle."""
    own = UUID(handle.removeprefix("account-")).bytes_le
    return f"(objectGUID={escape_bytes(own)})"


def _provisioned() -> Path:
    """Lay a domain out once, which takes ten seconds; whoever comes later finds it."""
    program = "/usr/bin/samba-tool"
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    kept = _KEPT / f"samba-{version.strip()}"
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "samba.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            fresh = kept.with_suffix(".fresh")
            shutil.rmtree(fresh, ignore_errors=True)
            command = [
                program, "domain", "provision", "--realm=SHOP.EXAMPLE", "--domain=SHOP", "--server-role=dc",
                f"--adminpass={PASSWORD}", "--dns-backend=NONE", f"--targetdir={fresh}", "--host-name=dc1",
                "--host-ip=127.0.0.1", "--option=interfaces=lo", "--option=bind interfaces only=yes",
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)
            fresh.rename(kept)
    return kept
