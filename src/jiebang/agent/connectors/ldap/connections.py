"""Connections to a directory: a few, bound once, taken and given back, none of them shared."""

import select
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

import ldap3
from ldap3.core.exceptions import LDAPExceptionError

from jiebang.agent.connectors.ldap.directory import Directory
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.ldap.troubles import told_apart
from jiebang.agent.errors import ConfigInvalid, StoreTrouble
from jiebang.agent.secrets import secret


class Connections:
    """The connections to one directory. Safe to use from several threads."""

    def __init__(self, store: LdapStore) -> None:
        self.store = store
        self._password = secret("password", env=store.password_env, file=store.password_file)
        if not self._password:
            # Without a password a simple bind is anonymous, and is said to have succeeded (RFC 4513 §5.1.2).
            raise ConfigInvalid("connector.password_env or connector.password_file must lead to a password.")
        self._tls = _tls(store)
        self._idle: LifoQueue[Directory] = LifoQueue()

    @contextmanager
    def lease(self) -> Iterator[Directory]:
        """Lend a connection; one on which something went wrong is not used again."""
        directory = self._take()
        try:
            yield directory
        except BaseException:
            directory.close()
            raise
        self._idle.put(directory)

    def close(self) -> None:
        """Close all that are not lent."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _take(self) -> Directory:
        """Take one that is idle and still open, or open another."""
        while True:
            try:
                directory = self._idle.get_nowait()
            except Empty:
                return self._open()
            if not _has_something_to_say(directory.connection):
                return directory
            directory.close()

    def _open(self) -> Directory:
        # A server for each connection: the library keeps in it, for minutes, which addresses did not answer.
        patience = self.store.patience
        server = ldap3.Server(self.store.url, tls=self._tls, get_info=ldap3.NONE, connect_timeout=patience)
        connection = ldap3.Connection(
            server, user=self.store.bind_dn, password=self._password,
            # Nobody may send this agent, with its password, to another server.
            auto_referrals=False,
            auto_escape=False, check_names=False, raise_exceptions=True, receive_timeout=patience,
        )  # fmt: skip
        try:
            with told_apart():
                connection.open()
                if self.store.url.startswith("ldap://") and self.store.tls == "starttls":
                    connection.start_tls()
                connection.bind()
            return Directory(connection, patience=patience)
        except StoreTrouble:
            # The library closes what it has opened, and forgets what it could not open.
            if connection.socket is not None:
                connection.socket.close()
            raise


def _tls(store: LdapStore) -> ldap3.Tls:
    try:
        ca_file = None if store.ca_file is None else str(store.ca_file)
        ssl.create_default_context(cafile=ca_file)
        return ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=ca_file)
    except (LDAPExceptionError, FileNotFoundError):
        raise ConfigInvalid("connector.ca_file leads to no file.") from None
    except OSError:
        raise ConfigInvalid("connector.ca_file holds no certificate that can be read (PEM).") from None


def _has_something_to_say(connection: ldap3.Connection) -> bool:
    """Whether a server speaks that was not asked: it says goodbye (RFC 4511 §4.4.1), or has hung up."""
    return connection.closed or bool(select.select([connection.socket], [], [], 0)[0])
