"""A platform joins by answering questions: what `jiebang agent init` writes can be run, and is proven."""

import asyncio
import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from jiebang.agent.config import load
from jiebang.agent.joining.kinds import kinds, questions, written
from jiebang.cli import app
from jiebang.wire import keys
from tests.agent.pretender import PLATFORM, Pretender
from tests.agent.scim_server import TOKEN, ScimServer

pytestmark = pytest.mark.anyio
CANARY, ABSENT = "+8613700137000", "+8613700137999"
SAID = {"platform": PLATFORM, "region": "CN", "canary": CANARY, "canary_absent": ABSENT}
TRIED = {"url": "sqlite:///shop.db", "table": "t", "number": "phone", "password_env": ""}
ELSEWHERE = {
    "scim": {"url": "https://idp.example/v2"}, "sql": TRIED,
    "ldap": {"url": "ldaps://directory.example", "bind_dn": "cn=agent,dc=example", "base": "dc=example"},
    "http": {"url": "https://accounts.example", "preset": "synapse", "secret_env": "A_TOKEN"},
}  # fmt: skip
TABLES = {
    "sqlite": """create table "user" (
        id integer primary key, "phone" text unique, nickname text, email text, created_at text,
        phone_bound_at text, last_login_at text, deleted_at text)""",
    "postgresql": """create table "user" (
        id bigserial primary key, "phone" varchar(20) unique, nickname text, email text,
        created_at timestamptz, phone_bound_at timestamp, last_login_at timestamptz,
        deleted_at timestamptz)""",
}


async def typed(
    folder: Path,
    command: str,
    *words: str,
    said: dict[str, str] | None = None,
    lines: Sequence[str] = (),
) -> tuple[int, str]:
    """Type a command about a configuration; gives its exit code and what it wrote."""
    answers = [word for name, value in (said or {}).items() for word in ("--say", f"{name}={value}")]
    # A program starts in two seconds, and here it makes no difference.
    done = await asyncio.to_thread(
        CliRunner().invoke, app, ["agent", command, str(folder / "agent.toml"), *words, *answers],
        input="\n".join([*lines, ""]), env={"COLUMNS": "300", "A_TOKEN": TOKEN},
    )  # fmt: skip
    return done.exit_code, done.output


def names_in(folder: Path) -> list[str]:
    """List what is in a folder."""
    return [path.name for path in folder.iterdir()]


def open_shop(url: str) -> None:
    """Make a table as shops have it, beside others that are not accounts, with a canary in it."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table cellar (id integer primary key, cell text)")
        connection.exec_driver_sql("create table callback (id integer primary key, phone_number text)")
        connection.exec_driver_sql(TABLES[engine.dialect.name])
        for number in ("13700137000", "13600136000"):
            connection.execute(sa.text('insert into "user" (phone) values (:number)'), {"number": number})
    engine.dispose()


async def test_an_sql_database_is_looked_into_and_all_that_is_written_is_proven(
    empty_url: str, pretender: Pretender, tmp_path: Path
) -> None:
    open_shop(empty_url)
    said = {
        **SAID,
        "hub": pretender.url,
        "url": empty_url.replace("+psycopg", ""),
        "can": "unbind,deregister",
    }
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said=said)
    assert code == 0, wrote
    for proposed in ("table user", "number phone", "bound_at phone_bound_at", "spellings national_digits"):
        assert proposed in wrote
    code, wrote = await typed(tmp_path, "check")
    assert (code, wrote.splitlines()[-1]) == (0, "8 proven"), wrote


async def test_a_scim_server_is_proven_as_far_as_it_can_be(
    scim: ScimServer, pretender: Pretender, tmp_path: Path
) -> None:
    handle = scim.add("a-canary", "+8613700137000")
    said = {**SAID, "hub": pretender.url, "url": scim.url, "bearer_token_env": "A_TOKEN"}
    assert (await typed(tmp_path, "init", "--accounts", "scim", said=said))[0] == 0
    code, wrote = await typed(tmp_path, "check")
    scim.call("DELETE", "/Users/" + handle.removeprefix("account-"))
    assert code == 0, wrote
    # A way back is what no SCIM server has, for each record of the canary that other tests have left here.
    assert re.search(r"\b8 proven, [1-9] open", wrote)


@pytest.mark.parametrize("type_", sorted(kinds()))
@pytest.mark.parametrize("can", ["unbind", "unbind,deregister"])
async def test_what_every_template_makes_of_its_own_proposals_is_read(
    tmp_path: Path, type_: str, can: str
) -> None:
    (tmp_path / "shop.db").touch()
    kind = kinds()[type_]
    said = {**SAID, "hub": "https://hub.example", "can": can, **ELSEWHERE[type_]}
    answers: dict[str, str | list[str]] = {}
    for question in questions(kind):
        answer = said.get(question.name, question.otherwise)
        assert answer is not None, question.name
        answers[question.name] = [one for one in answer.split(",") if one] if question.many else answer
    path = tmp_path / "agent.toml"
    path.write_text(written(kind, answers, stem="agent"))
    assert load(path).connector.type == type_


async def test_the_key_is_for_its_owner_alone_and_its_public_half_fits(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    said = {**SAID, "hub": "https://hub.example", **TRIED}
    _, wrote = await typed(tmp_path, "init", "--accounts", "sql", said=said)
    key, public = tmp_path / "agent-key.json", tmp_path / "agent-key.public.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert json.loads(public.read_text()) == keys.read(key).public_set()
    assert f"Give {public} to the hub's operator" in wrote
    assert "jiebang agent check agent.toml" in wrote
    made = key.read_text()
    assert (await typed(tmp_path, "init", "--accounts", "sql", "--overwrite", said=said))[0] == 0
    assert key.read_text() == made


async def test_nothing_is_written_over_unless_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    (tmp_path / "agent.toml").write_text("mine")
    said = {**SAID, "hub": "https://hub.example", **TRIED}
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said=said)
    assert (code, (tmp_path / "agent.toml").read_text()) == (2, "mine")
    assert "--overwrite" in wrote
    assert not (tmp_path / "agent-key.json").exists()


async def test_what_cannot_be_run_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    said = {**SAID, "hub": "hub.example", **TRIED}
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said=said)
    assert code == 2
    assert "hub must begin with https://" in wrote
    assert names_in(tmp_path) == ["shop.db"]


async def test_a_key_that_is_none_is_said_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    (tmp_path / "agent-key.json").write_text(json.dumps(keys.make().private.as_dict(private=False)))
    said = {**SAID, "hub": "https://hub.example", **TRIED}
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said=said)
    assert (code, "holds no private key" in wrote) == (2, True)
    assert names_in(tmp_path) == ["agent-key.json", "shop.db"]


async def test_a_directory_is_not_looked_into_as_a_database(tmp_path: Path) -> None:
    said = {"hub": "https://hub.example", "url": "ldap://127.0.0.1", "canary": "+8613700137000",
            "canary_absent": "+8613700137999", "bind_dn": "cn=agent", "base": "dc=shop"}  # fmt: skip
    code, wrote = await typed(tmp_path, "init", "--accounts", "ldap", said=said)
    assert (code, "database" in wrote) == (0, False)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"hub": "https://hub.example"}, "Say as well: canary, canary_absent, url."),
        ({"colour": "red"}, "--say knows no colour; scim asks for: hub, platform"),
        ({"can": "explode"}, "can must be among unbind, deregister; explode is not."),
        ({"region": "China"}, "region must be a country of ISO 3166-1, such as CN."),
        ({"canary": "8613700137000"}, "canary must be a telephone number that can exist, with + and country"),
        ({"canary": CANARY, "canary_absent": CANARY}, "canary_absent must be another number than canary."),
    ],
)
async def test_what_is_not_said_or_wrong_is_told(tmp_path: Path, said: dict[str, str], sentence: str) -> None:
    code, wrote = await typed(tmp_path, "init", "--accounts", "scim", said=said)
    assert (code, names_in(tmp_path)) == (2, [])
    assert sentence in " ".join(wrote.split())


async def test_at_a_terminal_each_thing_is_asked_with_what_is_proposed(tmp_path: Path) -> None:
    open_shop(f"sqlite:///{tmp_path}/shop.db")
    lines = ["sql", "https://hub.example", "", "CN", CANARY, ABSENT, "", "shopping", "sqlite:///shop.db", ""]
    code, wrote = await typed(tmp_path, "init", "--ask", lines=[*lines, *[""] * 17])
    assert code == 0, wrote
    assert "What do the accounts live in?" in wrote
    assert "Which table has the accounts? [table] [user]:" in wrote
    assert "[url]" in wrote
    assert 'class = "shopping"' in (tmp_path / "agent.toml").read_text()


async def test_an_answer_that_is_none_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    open_shop(f"sqlite:///{tmp_path}/shop.db")
    lines = ["excel", "sql", "hub.example", "https://hub.example", "", "China", "CN", "13700137000", CANARY]
    more = [ABSENT, "explode", "", "spam", "", "sqlite:///gone.db", "mysql://a@b:x/c", "sqlite:///shop.db"]
    code, wrote = await typed(tmp_path, "init", "--ask", lines=[*lines, *more, *[""] * 16])
    assert code == 0, wrote
    for reason in (
        "--accounts must be among", "hub must begin with https://", "region must be a country",
        "canary must be a telephone number", "can must be among", "class must be among",
        "url names a file that is not there.", "url must be like sqlite:///shop.db",
    ):  # fmt: skip
        assert wrote.count(f"Error: {reason}") == 1, reason
    assert load(tmp_path / "agent.toml").region == "CN"


async def test_what_is_proposed_follows_from_what_is_answered(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    engine = sa.create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table client (id integer, tel text, tel_bound_at text)")
        connection.exec_driver_sql(
            "create table member (member_id integer, mobile text, whatsapp text not null, closed bool)"
        )
        connection.exec_driver_sql("insert into member values (1, '+8613700137000', '137 0013 7000', 0)")
    said = {**SAID, "hub": "https://hub.example", "can": "unbind", "class": "other",
            "url": "sqlite:///shop.db", "password_env": ""}  # fmt: skip
    lines = ["member", "", "whatsapp", *[""] * 9, "closed", "", ""]
    code, wrote = await typed(tmp_path, "init", "--ask", "--accounts", "sql", said=said, lines=lines)
    assert code == 0, wrote
    for proposed in (
        "[table] [client]:", "[id] [member_id]:", "[number] [mobile]:", "[release] [empty]:",
        "[spellings] [national]:", "[bound_at] []:", "[gone_is] [closed]:",
    ):  # fmt: skip
        assert proposed in wrote


async def test_what_would_be_written_over_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("mine")
    code, wrote = await typed(tmp_path, "init", "--ask", "--accounts", "sql")
    assert (code, "--overwrite" in wrote, "[hub]" in wrote) == (2, True, False)


async def test_a_database_that_nobody_names_is_asked_for(tmp_path: Path) -> None:
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said={"hub": "https://hub.example"})
    assert (code, "Say as well: canary, canary_absent, url, table, number." in wrote) == (2, True), wrote


async def test_a_database_that_cannot_be_reached_proposes_nothing_and_is_said(tmp_path: Path) -> None:
    said = {**SAID, "hub": "https://hub.example", "url": "postgresql://a@127.0.0.1:9/shop"}
    code, wrote = await typed(tmp_path, "init", "--accounts", "sql", said=said)
    assert code == 2
    assert "The database cannot be reached, so nothing is proposed." in wrote
    assert "Say as well: table, number." in wrote
