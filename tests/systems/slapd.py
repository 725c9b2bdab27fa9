"""OpenLDAP's `slapd`, which keeps a log of its changes, in a process and a folder of its own."""

import datetime as dt
import ipaddress
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import ldap3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ldap3.core.exceptions import LDAPEntryAlreadyExistsResult

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.number import Number, parse
from jiebang.sandbox.program import free_port
from tests.systems.gate import Gate, Gated, Lie
from tests.systems.system import CANARY

TREE, ADMIN, AGENT = "dc=shop,dc=example", "cn=admin,dc=shop,dc=example", "cn=agent,dc=shop,dc=example"
PASSWORD = "a-password-for-tests"
_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
objectclass ( 1.3.6.1.4.1.32473.1 NAME 'reachable' AUXILIARY MUST telephoneNumber )
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload accesslog
moduleload ppolicy
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/ca.pem
TLSCertificateKeyFile {folder}/key.pem

database mdb
suffix cn=accesslog
rootdn cn=accesslog
directory {folder}/log
dbnosync
index objectClass,reqEntryUUID,reqResult eq
access to * by dn.exact="{admin}" read by dn.exact="{agent}" read by * none

database mdb
suffix "{tree}"
rootdn "{admin}"
rootpw {password}
directory {folder}/tree
dbnosync
index objectClass,entryUUID,mobile,telephoneNumber,member,memberUid eq
overlay ppolicy
overlay accesslog
logdb cn=accesslog
logops writes
logsuccess TRUE
access to dn.subtree="ou=hidden,{tree}" by * none
access to attrs=userPassword by anonymous auth by * none
access to attrs=title by dn.exact="{agent}" read by * none
{rules}
access to * by dn.exact="{agent}" write by * none
"""
_CONNECTOR = """
[connector]
type = "ldap"
url = "{url}"
ca_file = "{folder}/ca.pem"
bind_dn = "{agent}"
password_env = "TEST_LDAP_PASSWORD"
base = "{tree}"
accounts = "(objectClass=inetOrgPerson)"
numbers = ["mobile", "telephoneNumber"]
spellings = ["e164", "national_digits"]
label = ["displayName"]
logins = ["uid", "mail"]
accesslog = "cn=accesslog"
groups = ["member", "memberUid"]
class = "social"
can = ["unbind", "deregister"]
"""


class Slapd:
    """A running `slapd`, and its operator's own connection to it."""

    taken = LDAPEntryAlreadyExistsResult
    """What is raised when somebody has a name already."""

    def __init__(self, folder: Path, *, rules: str = "") -> None:
        self.folder = folder
        for part in ("log", "tree"):
            (folder / part).mkdir()
        _certify(folder)
        config = _CONFIG.format(
            folder=folder, tree=TREE, admin=ADMIN, agent=AGENT, password=PASSWORD, rules=rules
        )
        (folder / "slapd.conf").write_text(config)
        self.port, self.tls_port = free_port(), free_port()
        self.start()
        self.admin.add(TREE, ["dcObject", "organization"], {"o": "shop"})
        credentials = {"userPassword": PASSWORD}
        self.admin.add(AGENT, ["simpleSecurityObject", "organizationalRole"], credentials)

    def forget(self) -> None:
        """Begin the log anew."""
        self.stop()
        shutil.rmtree(self.folder / "log")
        (self.folder / "log").mkdir()
        self.start()

    def again(self, line: str) -> None:
        """Start it again, with another line in what is said of the tree."""
        self.stop()
        config = self.folder / "slapd.conf"
        config.write_text(config.read_text().replace("\noverlay ppolicy\n", f"\n{line}\noverlay ppolicy\n"))
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes its operator."""
        urls = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"
        command = ["/usr/sbin/slapd", "-h", urls, "-f", str(self.folder / "slapd.conf"), "-d", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.tls_port)).close()
            except ConnectionRefusedError:
                time.sleep(0.03)
            else:
                break
        self.admin = ldap3.Connection(
            ldap3.Server("127.0.0.1", self.port, get_info=ldap3.NONE), ADMIN, PASSWORD,
            auto_bind=True, raise_exceptions=True, check_names=False,
        )  # fmt: skip

    def entries(self, question: str, *wanted: str, tree: str = TREE) -> list[dict[str, Any]]:
        """Search as the operator; gives the names of entries as `dn`, and their values as lists of text."""
        self.admin.search(tree, question, attributes=list(wanted) or ["*", "+"])
        return [
            {"dn": said["dn"]}
            | {name: [value.decode() for value in values] for name, values in said["raw_attributes"].items()}
            for said in self.admin.response or []
        ]

    def add(self, dn: str, **more: str | list[str]) -> str:
        """Register somebody; gives the handle of their account."""
        self.admin.add(dn, ["inetOrgPerson", *more.pop("classes", [])], {"sn": "林", "cn": "wanqiu", **more})
        return self.handle(dn)

    def handle(self, dn: str) -> str:
        """Give the handle of whoever has this name."""
        own = self.entries("(objectClass=*)", "entryUUID", tree=dn)[0]["entryUUID"][0]
        return f"account-{own}"

    def account(self, handle: str) -> dict[str, Any] | None:
        """Read what an account is, operational attributes and all; `None` when there is none."""
        found = self.entries(f"(entryUUID={handle.removeprefix('account-')})")
        return found[0] if found else None

    def stop(self) -> None:
        """End the process."""
        self.admin.strategy.close()
        self.process.terminate()
        self.process.wait(10)


def _any_number(asked: re.Match[bytes]) -> bytes:
    """Ask for numbers that have some figures in them (RFC 4511 §4.5.1.7.2), in as many octets."""
    length = asked[2][0]
    figures = [b"13", b"00", *[b"0"] * ((length - 8) // 3)]
    anywhere = b"".join(bytes([0x81, len(one)]) + one for one in figures)
    return b"\xa4" + asked[1] + b"\x30" + asked[2] + anywhere + asked[3][length:]


EVERYONE = Lie(rb"(?s)\xa3(.\x04.[A-Za-z]+)\x04(.)([+1][0-9 ]{10,})", _any_number)
"""Makes a search for a number one for any, whichever of its spellings was asked for."""


class SlapdSystem(Gated):
    """A running `slapd` behind a gate."""

    name = "slapd"
    can = frozenset(OrderKind)
    bound = BoundSource.NATIVE
    several_numbers = True
    shared_numbers = True
    tells_logins = True
    touched = frozenset({"mobile", "entryCSN", "modifiersName"})
    everyone = EVERYONE

    def __init__(self, folder: Path, *, tls: str = "starttls") -> None:
        self.slapd = Slapd(folder)
        self.tls = tls
        self.gate = Gate(self.slapd.port)
        self.serial = count()
        self.add(CANARY)

    def connector(self, url: str | None = None) -> str:
        """Write the `[connector]` part."""
        through = url or f"ldap://127.0.0.1:{self.gate.port}"
        return connector(self.slapd, through, tls=f'"{self.tls}"')

    def secrets(self) -> Mapping[str, str]:
        """Give the agent's password."""
        return {"TEST_LDAP_PASSWORD": PASSWORD}

    def add(self, *numbers: str, alone: bool = False) -> str:
        """Register somebody; whose number is all there is has no name to come in by."""
        written = [
            Number(number).spelled("national_digits" if number in numbers[:place] else "e164")
            for place, number in enumerate(numbers)
        ]
        own = f"wanqiu{next(self.serial)}"
        logins = {} if alone else {"uid": own, "mail": f"{own}@shop.example"}
        more: dict[str, Any] = {"mobile": written, "displayName": "林晚秋", **logins}
        return self.slapd.add(f"cn={own},{TREE}", **more)

    def numbers(self, handle: str) -> list[str]:
        """List somebody's numbers."""
        account = self.slapd.account(handle) or {}
        return [parse(value, region="CN").e164 for value in account.get("mobile", [])]

    def is_open(self, handle: str) -> bool:
        """Whether there is such an account."""
        return self.slapd.account(handle) is not None

    def changes(self, handle: str) -> int | None:
        """Count what the log has."""
        own = f"(reqEntryUUID={handle.removeprefix('account-')})"
        return len(self.slapd.entries(f"(&(objectClass=auditModify){own})", "reqStart", tree="cn=accesslog"))

    def snapshot(self) -> Mapping[str, object]:
        """Every entry, but for the second in which it was changed: that may be the second before."""
        return snapshot(self.slapd)

    def stop(self) -> None:
        """End the process."""
        self.gate.close()
        self.slapd.stop()


def connector(slapd: Slapd, url: str, **instead: str) -> str:
    """Write the `[connector]` part of an agent's configuration, with some lines put differently."""
    told = _CONNECTOR.format(url=url, folder=slapd.folder, agent=AGENT, tree=TREE)
    lines = [line for line in told.splitlines() if line.partition(" = ")[0] not in instead]
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in instead.items() if value), ""])


def snapshot(slapd: Slapd) -> dict[str, object]:
    """Everything in the tree, accounts by their handles and other entries by their names."""
    kept: dict[str, object] = {}
    for said in slapd.entries("(objectClass=*)"):
        said.pop("modifyTimestamp")
        if CANARY in said.get("mobile", []):
            # An agent that starts takes the number off its canary and puts it back.
            del said["entryCSN"], said["modifiersName"]
        own = "inetOrgPerson" in said["objectClass"]
        kept[f"account-{said['entryUUID'][0]}" if own else said["dn"]] = said
    return kept


def _certify(folder: Path) -> None:
    """Write a key, and a certificate that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    own_names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(own_names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
