"""A file of requests is right, or one sentence says what is wrong in it, and where."""

from pathlib import Path

import pytest
import yaml

from jiebang.agent.config import load
from jiebang.agent.connectors.http.file import PRESETS
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.errors import ConfigInvalid
from tests.connectors.book import REQUESTS, Json

CONFIG = """
hub = "http://127.0.0.1:9"
platform = "par_book"
key_file = "agent-key.json"
ledger = "ledger.db"
canary = "+8613700137000"
canary_absent = "+8613700137999"
[connector]
type = "http"
url = "http://127.0.0.1:9"
"""
GET = {"method": "GET", "path": "/people/{id}"}


def read(folder: Path, said: str, more: str = 'requests = "r.yaml"') -> HttpStore:
    """Write a file of requests and a configuration that names it, and load both."""
    (folder / "r.yaml").write_text(said)
    (folder / "agent.toml").write_text(CONFIG + more)
    store = load(folder / "agent.toml").connector
    assert isinstance(store, HttpStore)
    return store


@pytest.mark.parametrize("name", [path.stem for path in PRESETS.glob("*.yaml")])
def test_every_preset_is_one_that_the_agent_reads(tmp_path: Path, name: str) -> None:
    store = read(tmp_path, "", f'preset = "{name}"\nsecret_env = "X"\ncan = ["unbind", "deregister"]')
    assert store.asked.find is not None


def test_spellings_are_the_files_unless_the_configuration_says_others(tmp_path: Path) -> None:
    said = yaml.safe_dump(REQUESTS)
    assert read(tmp_path, said).spellings == ("digits",)
    assert read(tmp_path, said, 'requests = "r.yaml"\nspellings = ["tel"]').spellings == ("tel",)


@pytest.mark.parametrize(
    ("section", "now", "sentence"),
    [
        ("account", None, "account is not right"),
        ("reed", {}, "reed is not something that is known here"),
        ("read", {"steps": [GET | {"path": "people"}]}, "read.steps[0].path must begin with /"),
        (
            "read",
            {"steps": [GET | {"path": "/a/../{id}"}]},
            "read.steps[0].path must have no segments of dots",
        ),
        ("read", {"steps": [GET | {"path": "/a?b={id}"}]}, "read.steps[0].path must begin with /"),
        ("read", {"steps": [GET | {"path": "/a\n/{id}"}]}, "read.steps[0].path must begin with /"),
        ("read", {"steps": [GET | {"method": "STEAL"}]}, "read.steps[0].method is not right"),
        ("read", {"steps": [GET | {"take": {"a": "data[*"}}]}, "read.steps[0].take.a must be a JSONPath"),
        (
            "read",
            {"steps": [GET | {"path": "/{token}"}]},
            "read.steps[0] uses {token}, which nothing before it gives",
        ),
        (
            "read",
            {"steps": [GET | {"body": {"a": {"id": None}}}]},
            'read.steps[0].body holds {id} without quotes; write "{id}"',
        ),
        ("unbind", {"steps": [GET | {"body": [{"serial": None}]}]}, "holds {serial} without quotes"),
        ("unbind", {"steps": [GET | {"body": {"off": {"stored": None}}}]}, "holds {stored} without quotes"),
        (
            "unbind",
            {"steps": [GET | {"for_each": "number", "body": {"contact": None}}]},
            "holds {contact} without quotes",
        ),
        (
            "read",
            {"steps": [GET | {"gone": [{"path": "$.a"}]}]},
            "read.steps[0].gone[0] needs a status, or a path",
        ),
        ("find", {"steps": [GET], "ids": "$.id"}, "find.steps[0] uses {id}, which nothing before it gives"),
        ("find", {"steps": [GET]}, "find needs one of ids and accounts"),
        (
            "read",
            {"steps": [GET | {"declined": [422], "take": {"serial": "$.serial"}}]},
            "read.steps[0] has declined, which only a change can be",
        ),
        (
            "find",
            {"steps": [GET], "ids": "$.a", "pages": {"by": "next"}},
            "find.pages needs next or next_header",
        ),
        *[
            ("find", {"steps": [GET], "ids": "$.a", "pages": pages}, f"find.pages {sentence}")
            for pages, sentence in [
                ({"by": "page", "next_query": "a"}, "needs no next_query unless it goes by next"),
                ({"by": "next", "next_header": "link"}, "needs next_query where next_header is Link"),
                ({"by": "next", "next": "$.a", "next_header": "A"}, "needs one of next and next_header"),
            ]
        ],
        ("unbind", {"steps": [GET | {"path": "/{stored}"}]}, "unbind.steps[0] uses {stored}"),
        (
            "unbind",
            {"steps": [GET], "afterwards": [GET | {"bearer": "{t}"}]},
            "unbind.afterwards[0] uses {t}",
        ),
        ("headers", {"Authorization": "Bearer s3cret"}, "headers must hold no secret: Authorization"),
        (
            "read",
            {"steps": [GET | {"headers": {"X-Api-Key": "s3cret"}}]},
            "read.steps[0].headers must hold no secret: X-Api-Key",
        ),
        *[
            (
                "read",
                {"steps": [GET | {"query": {name: secret}}]},
                f"read.steps[0].query must hold no secret: {name}",
            )
            for name, secret in [
                ("api_key", "x"),
                ("apiKey", 123456),
                ("access_token", "x"),
                ("appSecret", "x"),
            ]
        ],
        *[
            (
                "read",
                {"steps": [GET | {"body": {"by": [{name: "s3cret"}]}}]},
                f"read.steps[0].body must hold no secret: {name}",
            )
            for name in ["password", "client_secret", "accessToken", "api_key"]
        ],
        ("read", {"steps": [GET | {"bearer": "s3cret"}]}, "read.steps[0].bearer must hold no secret"),
        (
            "account",
            {"id": "$.id", "pattern": "[a-", "numbers": {"value": "$.n"}},
            "account.pattern must be a regular expression",
        ),
        ("spellings", ["loud"], "spellings[0] must be among e164"),
        ("access", {"type": "header"}, "access needs header if, and only if, its type is header"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, section: str, now: Json, sentence: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read(tmp_path, yaml.safe_dump(REQUESTS | {section: now}))
    assert "connector.requests names r.yaml, which is not right: " in str(invalid.value)
    assert sentence in str(invalid.value)
    assert "\n" not in str(invalid.value)


ALL = {"method": "PATCH", "path": "/people", "body": {"phone": ""}}
LEND = {"method": "POST", "path": "/session", "take": {"session": "$.token"}}
BORROW = LEND | {"path": "/people/{id}/session"}
OTHERS = "or a value that was taken from the account: it could change other accounts"


@pytest.mark.parametrize(
    ("section", "now", "sentence"),
    [
        ("find", {"steps": [GET | {"path": "/people"}], "ids": "$.id"}, "find needs {number} in its step"),
        (
            "read",
            {"steps": [GET | {"path": "/people", "take": {"serial": "$.s"}}]},
            "read needs {id} in one of its steps",
        ),
        ("unbind", {"steps": [ALL]}, f"unbind.steps[0] needs {{id}}, {OTHERS}"),
        (
            "deregister",
            {"steps": [ALL | {"method": "DELETE"}]},
            f"deregister.steps[0] needs {{id}}, {OTHERS}",
        ),
        ("flag", {"steps": [ALL]}, f"flag.steps[0] needs {{id}}, {OTHERS}"),
        ("unbind", {"steps": [GET, ALL]}, f"unbind.steps[1] needs {{id}}, {OTHERS}"),
        ("unbind", {"steps": [ALL | {"query": {"to": "{soon_ms}"}}]}, "unbind.steps[0] needs {id}"),
        ("unbind", {"steps": [ALL | {"headers": {"If-Match": "{serial}"}}]}, "unbind.steps[0] needs {id}"),
        # Others may have the number too.
        ("unbind", {"steps": [ALL | {"for_each": "number", "body": {"off": "{stored}"}}]}, "steps[0] needs"),
        (
            "unbind",
            {"steps": [LEND, ALL | {"bearer": "{session}"}]},
            f"unbind.steps[1] needs {{id}}, {OTHERS}",
        ),
        ("unbind", {"steps": [LEND, GET]}, "unbind.steps[0] needs {id}"),
        (
            "unbind",
            {"steps": [GET], "afterwards": [ALL]},
            "unbind.afterwards[0] needs a value that was taken",
        ),
    ],
)
def test_a_request_that_could_reach_other_accounts_is_not_taken(
    tmp_path: Path, section: str, now: Json, sentence: str
) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read(tmp_path, yaml.safe_dump(REQUESTS | {section: now}))
    assert "connector.requests names r.yaml, which is not right: " in str(invalid.value)
    assert sentence in str(invalid.value)


@pytest.mark.parametrize(
    "unbind",
    [
        [ALL | {"path": "/people/{id}"}],
        [ALL | {"query": {"id": "{id}"}}],
        [ALL | {"body": {"serial": "{serial}"}}],
        [ALL | {"headers": {"X-On-Behalf-Of": "{id}"}}],
        [ALL | {"path": "/phones/{contact}", "for_each": "number"}],
        [BORROW, ALL | {"path": "/me", "bearer": "{session}"}],
        [LEND, ALL | {"path": "/people/{id}", "bearer": "{session}"}],
    ],
)
def test_a_request_about_the_one_account_is_taken(tmp_path: Path, unbind: Json) -> None:
    lent = [{"method": "POST", "path": "/logout", "bearer": "{session}"}] if len(unbind) > 1 else []
    said = REQUESTS | {"unbind": {"steps": unbind, "afterwards": lent}}
    assert read(tmp_path, yaml.safe_dump(said)).asked.unbind is not None


@pytest.mark.parametrize(
    "query", [{"token": "{serial}"}, {"with_tokens": False}, {"password": "true"}, {"key": "mobile"}]
)
def test_what_is_no_secret_may_be_in_a_query(tmp_path: Path, query: Json) -> None:
    said = REQUESTS | {"unbind": {"steps": [GET | {"query": query}]}}
    assert read(tmp_path, yaml.safe_dump(said)).asked.unbind is not None


@pytest.mark.parametrize(
    ("said", "more", "sentence"),
    [
        ("a: [", 'requests = "r.yaml"', "connector.requests names r.yaml, which is not YAML in line 1"),
        ("a: \x00", 'requests = "r.yaml"', "connector.requests names r.yaml, which is not YAML"),
        ("a: !!python/name:os.system {}", 'requests = "r.yaml"', "which is not YAML in line 1"),
        ("[]", 'requests = "r.yaml"', "connector.requests names r.yaml, which is not right"),
        ("", 'requests = "s.yaml"', "connector.requests names s.yaml, which cannot be read"),
        ("", 'preset = "myspace"', "connector.preset must be among synapse"),
        ("", 'preset = "../presets/synapse"', "connector.preset must be among synapse"),
        ("", "", "connector needs one of preset and requests"),
        ("", 'preset = "synapse"', "connector needs secret_env or secret_file"),
        ("", 'preset = "synapse"\nsecret_env = "X"\nlogin = "x"', "connector needs login if, and only if"),
        ("", 'preset = "synapse"\nsecret_env = "X"\ntoken_url = "http://x"', "connector needs token_url if"),
        (
            "",
            'preset = "synapse"\nsecret_env = "X"\nkind = "label"\ncan = ["deregister"]',
            "can deregister only",
        ),
    ],
)
def test_what_is_wrong_around_a_file_is_said(tmp_path: Path, said: str, more: str, sentence: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        read(tmp_path, said, more)
    assert sentence in str(invalid.value)


def test_nothing_is_offered_that_the_file_does_not_say(tmp_path: Path) -> None:
    said = yaml.safe_dump(REQUESTS | {"deregister": None})
    with pytest.raises(ConfigInvalid, match="section deregister"):
        read(tmp_path, said, 'requests = "r.yaml"\ncan = ["deregister"]')
