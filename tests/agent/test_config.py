"""A configuration is right, or one sentence says what is wrong, where, and never what stood there."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from jiebang.agent.config import Config, load
from jiebang.agent.connectors.ldap.connections import Connections
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.sql.database import Database
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.ledger import Ledger, orders
from jiebang.agent.secrets import secret

RIGHT = """
hub = "https://hub.example/"
platform = "par_shop"
key_file = "agent-key.json"
ledger = "ledger.db"
canary = "+8613700137000"
canary_absent = "+8613700137999"
[connector]
type = "sql"
url = "sqlite:///shop.db"
[[connector.record]]
kind = "account"
find = "f"
verify = "v"
unbind = "u"
"""
SCIM = RIGHT[: RIGHT.index("[connector]")] + '[connector]\ntype = "scim"\nurl = "https://idp.example/v2"\n'


def read(folder: Path, text: str) -> Config:
    """Write a configuration beside a shop, and load it."""
    (folder / "shop.db").touch()
    (folder / "agent.toml").write_text(text)
    return load(folder / "agent.toml")


def test_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    config = read(tmp_path, RIGHT)
    assert isinstance(config.connector, SqlStore)
    assert config.connector.url.database == str(tmp_path / "shop.db")
    assert (config.key_file, config.ledger) == (tmp_path / "agent-key.json", tmp_path / "ledger.db")


def test_the_hub_is_named_as_it_names_itself(tmp_path: Path) -> None:
    assert read(tmp_path, RIGHT).hub == "https://hub.example"


def test_postgresql_is_reached_by_the_driver_that_is_there(tmp_path: Path) -> None:
    config = read(tmp_path, RIGHT.replace("sqlite:///shop.db", "postgresql://agent@db/shop"))
    assert isinstance(config.connector, SqlStore)
    assert config.connector.url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ('platform = "par_shop"', "", "platform is missing."),
        ('platform = "par_shop"', 'platfrom = "x"', "platform is missing."),
        ('"par_shop"', '"par_shop"\ncolour = "red"', "colour is not something that is known here."),
        ('"+8613700137000"', '"12"', "canary must be a telephone number that can exist"),
        ('"+8613700137999"', '"+8613700137000"', "canary and canary_absent must be two numbers."),
        ("https://hub.example/", "hub.example", "hub must begin with https://"),
        ("https://hub.example/", "https://me:pw@hub.example/", "hub must begin with https://"),
        ("https://hub.example/", "https://hub.example/?token=pw", "hub must begin with https://"),
        ("https://hub.example/", "https://", "name a host"),
        ("https://hub.example/", "https://hub.example:99999999/", "hub must begin with https://"),
        ("[connector]", '[metrics]\nlisten = "0.0.0.0:9464"\n[connector]', "only this machine reaches"),
        ("[connector]", '[metrics]\nlisten = "10.0.0.1:9464"\n[connector]', "only this machine reaches"),
        ("[connector]", '[metrics]\nlisten = "[::]:9464"\n[connector]', "only this machine reaches"),
        ("[connector]", '[metrics]\nlisten = "localhost"\n[connector]', "only this machine reaches"),
        ('type = "sql"', 'type = "oracle"', 'connector.type must be "sql", "scim", "ldap" or "http".'),
        ("sqlite:///shop.db", "sqlite:///gone.db", "connector.url names a file that is not there."),
        (
            "sqlite:///shop.db",
            "oracle://h/shop",
            "connector.url must be of sqlite, postgresql, mariadb or mysql.",
        ),
        ("sqlite:///shop.db", "not a url", "connector.url must be like sqlite:///shop.db"),
        ("sqlite:///shop.db", "mysql://a@h:x/shop", "connector.url must be like sqlite:///shop.db"),
        ("sqlite:///shop.db", "postgresql://a:pw@h/shop", "connector.url must hold no password"),
        ("sqlite:///shop.db", "postgresql://a@h/shop?password=pw", "connector.url must hold no password"),
        ("sqlite:///shop.db", "mariadb://a@h/shop?passwd=pw", "connector.url must hold no password"),
        ('kind = "account"', 'kind = "person"', "connector.record[0].kind is not right"),
        ('unbind = "u"', "", "connector.record[0] needs a statement unbind"),
        (
            'unbind = "u"',
            'unbind = "u"\nderegister = "d"',
            "connector.record[0] needs a statement deregister",
        ),
        (
            'kind = "account"',
            'kind = "label"\ncan = ["deregister", "unbind"]\nderegister = "d"',
            "only where its kind",
        ),
        ('type = "sql"', 'type = "sql"\nspellings = ["roman"]', "connector.spellings[0] must be among e164"),
        ('type = "sql"', 'type = "sql"\ntimezone = "Mars"', "connector.timezone must be an IANA time zone"),
        ('"par_shop"', '"par_shop"\nregion = "XX"', "region must be a country"),
        ('"par_shop"', '"par_shop"\nmost_records = 0', "most_records is not right"),
        ("[connector]", "[connector", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, was: str, now: str, sentence: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read(tmp_path, RIGHT.replace(was, now, 1))
    assert sentence in str(invalid.value)
    assert "pw" not in str(invalid.value)


def test_an_option_that_no_driver_knows_is_said(tmp_path: Path) -> None:
    store = read(
        tmp_path, RIGHT.replace("sqlite:///shop.db", "mariadb://a@127.0.0.1/shop?colour=red")
    ).connector
    assert isinstance(store, SqlStore)
    with (
        pytest.raises(ConfigInvalid, match="an option that its driver does not know"),
        Database(store).connected(),
    ):
        pass


def test_two_records_of_one_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="connector has two records of one kind"):
        read(tmp_path, RIGHT + RIGHT[RIGHT.index("[[connector.record]]") :])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"none\.toml cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_secret_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"connector\.bearer_token is not something that") as invalid:
        read(tmp_path, SCIM + 'bearer_token = "s3cret"')
    assert "s3cret" not in str(invalid.value)


def test_a_secret_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    monkeypatch.setenv("A_TOKEN", "s3cret")
    assert secret("bearer_token", env=None, file=tmp_path / "token") == "s3cret"
    assert secret("bearer_token", env="A_TOKEN", file=None) == "s3cret"
    assert secret("bearer_token", env=None, file=None) is None


@pytest.mark.parametrize(
    ("env", "file", "sentence"),
    [("A_TOKEN", "token", "exclude one another"), ("NOT_SET", None, "NOT_SET, which is not set"),
     (None, "none", "bearer_token_file cannot be read"), ("TWO_LINES", None, "must be one line of text")],
)  # fmt: skip
def test_a_secret_that_is_nowhere_or_none_is_said(
    monkeypatch: pytest.MonkeyPatch, env: str | None, file: str | None, sentence: str
) -> None:
    monkeypatch.setenv("TWO_LINES", "s3c\nret")
    with pytest.raises(ConfigInvalid, match=sentence) as invalid:
        secret("bearer_token", env=env, file=Path(file) if file else None)
    assert "ret" not in str(invalid.value).replace("secret", "")


@pytest.mark.parametrize("url", ["ldap://h:99999999", "ldaps://h:abc", "ldap://", "ldap://me:pw@h"])
def test_a_directory_is_named_by_its_host(tmp_path: Path, url: str) -> None:
    head = RIGHT[: RIGHT.index("[connector]")]
    store = f'bind_dn = "cn=agent"\nbase = "dc=shop"\nnumbers = ["mobile"]\nurl = "{url}"\n'
    with pytest.raises(ConfigInvalid, match=r"connector\.url must be ldaps://"):
        read(tmp_path, f'{head}[connector]\ntype = "ldap"\n{store}')


@pytest.mark.parametrize(
    ("file", "sentence"), [("text", "holds no certificate"), ("none", "leads to no file")]
)
def test_who_signs_for_a_directory_is_read_from_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, sentence: str
) -> None:
    monkeypatch.setenv("A_PASSWORD", "s3cret")
    (tmp_path / "text").write_text("no certificate")
    head = RIGHT[: RIGHT.index("[connector]")]
    store = f"""
        [connector]
        type = "ldap"
        url = "ldap://127.0.0.1"
        bind_dn = "cn=agent"
        base = "dc=shop"
        numbers = ["mobile"]
        password_env = "A_PASSWORD"
        ca_file = "{file}"
    """
    config = read(tmp_path, head + store)
    assert isinstance(config.connector, LdapStore)
    with pytest.raises(ConfigInvalid, match=sentence):
        Connections(config.connector)


def test_a_ledger_is_no_other_programs_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("create table orders (id integer primary key)")
        shop.commit()
    (tmp_path / "text").write_text("not a database, and long enough to be one")
    before = (tmp_path / "shop.db").read_bytes()
    for name, sentence in [("shop.db", "another program's"), ("text", "no database"), (".", "no database")]:
        with pytest.raises(ConfigInvalid, match=sentence):
            Ledger(tmp_path / name)
    assert (tmp_path / "shop.db").read_bytes() == before


def test_a_ledger_is_for_nobody_else_to_read(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "ledger.db")) as ledger:
        ledger.write(sa.insert(orders), [{"id": "ord_1", "heard_at": "2026-03-04"}])
        files = list(tmp_path.iterdir())
        assert {file.name for file in files} == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
