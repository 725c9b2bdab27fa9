"""
One word for one thing: names in the code are those of the glossary.

Checked are the names that others read: modules, classes, fields, functions, parameters and columns.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import CODE, name, place, sources

# The word to use, and the words never to use for it.
GLOSSARY = {
    "number": "phone mobile msisdn",
    "holder": "user owner customer",
    "carrier, platform or front": "telco app client",
    "change": "event update",
    "tenure": "ownership",
    "aging": "quarantine",
    "recycled": "dirty reused",
    "proof": "auth",  # and not "session", but a browser that is signed in does have one
    "binding": "link",
    "own, inherited or uncertain": "mine theirs",
    "query or answer": "scan lookup result",
    "order": "task job ticket",
    "unbind or deregister": "remove delete",
    "receipt": "callback ack",
    "letter, mailbox or stream": "message queue topic",
    "signal": "notification",
    "journal": "audit log",
    "refusal": "error",
    "policy": "constants settings",
    "a word that says what it does": "manager service helper util utils handler processor base data info",
}
NEVER = {word: instead for instead, words in GLOSSARY.items() for word in words.split()}

# Names that are not ours to choose, by who chose them. Whole names: a compound is ours, and can be better.
IMPOSED_BY = {
    "aiohttp, of what stands behind a middleware": "handler",
    "ASGI and every guide to it": "app message",
    "CAMARA": "ServiceNotApplicable phoneNumber phone_number",
    "CloudEvents": "data",
    "FastAPI": "get_route_handler",
    "HTTP": "delete",
    "OAuth 2 (RFC 6749)": "client_id client_credentials error error_description",
    "OAuth 2 assertions (RFC 7523)": "client_assertion client_assertion_type",
    "Polling for letters (RFC 8936)": "ack maxEvents max_events",
    "Pydantic": "Settings settings",
    "Python, for whatever is raised": "error errors",
    "SCIM (RFC 7643)": "userName user_name phoneNumbers phone_numbers",
    "SQLAlchemy": "process_result_value",
    "Security Event Tokens (RFC 8417)": "Event event events",
    "Shared Signals": "events_delivered events_requested events_supported",
    "Shared Signals, of subjects": "remove_subject remove_subject_endpoint",
}
IMPOSED = {given for names in IMPOSED_BY.values() for given in names.split()}


def words(given: str) -> list[str]:
    """Split a name into its words, in the singular: `PhoneNumbers` and `phone_numbers` alike."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", given)
    return [word for part in parts for word in (part.lower(), part.lower().removesuffix("s"))]


def names(path: Path) -> Iterator[tuple[str, int]]:
    """Read the names that a file gives, with their lines."""
    yield path.stem if path.stem != "__init__" else path.parent.name, 1
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.FunctionDef(name=given) | ast.AsyncFunctionDef(name=given) | ast.arg(arg=given):
                yield given, node.lineno
            case ast.ClassDef(name=given, body=body):
                yield given, node.lineno
                yield from fields(body)
            case ast.Call(
                func=ast.Name(id="Column") | ast.Attribute(attr="Column"),
                args=[ast.Constant(value=str(given)), *_],
            ):
                yield given, node.lineno


def fields(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Read the fields that a class declares."""
    for line in body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            yield line.target.id, line.lineno


def misnamed(path: Path) -> list[str]:
    """Find names that use a word the glossary rules out, and say which word to use instead."""
    return [
        f"{place(path, line=line)}: {given} says {word!r}; say {NEVER[word]}"
        for given, line in names(path)
        if given not in IMPOSED
        for word in dict.fromkeys(words(given))
        if word in NEVER
    ]


@pytest.mark.parametrize("path", sources(CODE), ids=name)
def test_names_are_the_glossarys(path: Path) -> None:
    assert misnamed(path) == []


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("def place(user_id: str): ...", "user"),
        ("def place(*, customers: list): ...", "customer"),
        ("class OrderManager: ...", "manager"),
        ("class SMSMessage: ...", "message"),
        ("class Order:\n    task_id: str", "task"),
        ("async def scan(): ...", "scan"),
        ('orders = Table("orders", Column("msisdn", Text))', "msisdn"),
    ],
)
def test_a_word_the_glossary_rules_out_is_found(tmp_path: Path, written: str, word: str) -> None:
    path = tmp_path / "order.py"
    path.write_text(written)
    assert any(repr(word) in complaint for complaint in misnamed(path))


def test_a_module_may_not_bear_such_a_word_either(tmp_path: Path) -> None:
    path = tmp_path / "utils.py"
    path.touch()
    assert misnamed(path)


@pytest.mark.parametrize(
    "written", ["def take(client_id: str): ...", "def holder(): user = 1", "class Base64: ..."]
)
def test_what_a_standard_imposes_and_what_is_only_alike_is_let_be(tmp_path: Path, written: str) -> None:
    path = tmp_path / "order.py"
    path.write_text(written)
    assert misnamed(path) == []
