"""
Kinds of store that `jiebang agent init` can write a configuration for, each a template in `templates/`.

A template opens with a comment that holds, as TOML, what its kind is called and what has to be asked. A new
kind is one more file; it is offered as soon as the agent has a connector of that type.
"""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import Field

from jiebang.agent.config import Config
from jiebang.agent.fields import Part
from jiebang.agent.joining import apart
from jiebang.domain.binding import OrderKind, RecordClass

_TEMPLATES = Path(__file__).with_name("templates")
_SECONDS = {
    "sqlite": "cast(strftime('%s', 'now') as integer)", "postgresql": "extract(epoch from now())",
}  # fmt: skip
"""How each database counts since 1970; MariaDB and MySQL have a word for it."""
Answers = Mapping[str, str | Sequence[str]]
"""By the names of questions; a list where a question takes many."""


class Question(Part):
    """One thing that has to be known."""

    name: str
    says: str
    among: tuple[str, ...] = ()
    many: bool = False
    otherwise: str | None = None
    """What is taken when nothing is said; `None` when somebody has to say it."""
    begins: str | None = None
    """The template of a file that is begun where the one that is named is not there."""


class Kind(Part):
    """One kind of store."""

    type: str
    says: str
    """Completes: accounts are …"""
    next: str
    """What its operator has to see to."""
    ask: tuple[Question, ...] = Field(min_length=1)


_COMMON = (
    Question(name="hub", says="What is the hub's public address?"),
    Question(name="platform", says="Which id has its operator given you?", otherwise="par_tell-me"),
    Question(
        name="region", says="In which country are numbers without a country code? Like CN", otherwise="",
    ),
    Question(name="canary", says="Which number of your own does a record of your own have, the canary?"),
    Question(name="canary_absent", says="Which number is surely in no record?"),
    Question(
        name="can", says="What may be ordered?", among=tuple(kind.value for kind in OrderKind), many=True,
        otherwise=OrderKind.UNBIND.value,
    ),
    Question(
        name="class", says="What is your platform for?", otherwise=RecordClass.OTHER.value,
        among=tuple(one.value for one in RecordClass),
    ),
)  # fmt: skip


@cache
def kinds() -> dict[str, Kind]:
    """List the kinds that the agent has a connector for, by type."""
    stores = get_args(Config.model_fields["connector"].annotation)
    known = {get_args(store.model_fields["type"].annotation)[0] for store in stores}
    return {path.stem: _kind(path) for path in sorted(_TEMPLATES.glob("[a-z]*.toml")) if path.stem in known}


def questions(kind: Kind) -> tuple[Question, ...]:
    """List what has to be asked for a kind, in order."""
    return _COMMON + kind.ask


def written(kind: Kind, answers: Answers, *, stem: str) -> str:
    """Write a configuration; `stem` is how its file is called, and its key and ledger after it."""
    files = {"key_file": key_name(stem), "ledger": f"{stem}-ledger.db"}
    url = str(answers.get("url", ""))
    in_sql = _in_sql(answers, backend=_backend(url), quote=_quoting(url))
    return _filled(f"{kind.type}.toml", {**answers, **files, **in_sql, "says": kind.says})


def begun(kind: Kind, answers: Answers, *, config: str) -> dict[str, str]:
    """Write what is to be begun of the files that a configuration names, by their names in it."""
    named = tomllib.loads(config)["connector"]
    asked = [question for question in kind.ask if question.begins is not None and question.name in named]
    return {named[question.name]: _filled(str(question.begins), answers) for question in asked}


def _filled(template: str, values: Mapping[str, object]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True,
        autoescape=select_autoescape(()),
    )  # fmt: skip
    environment.filters |= {"toml": _as_toml, "sql": _quoting(str(values.get("url", "")))}
    return environment.get_template(template).render(values).lstrip()


def key_name(stem: str) -> str:
    """Name the file of the private key that belongs to a configuration."""
    return f"{stem}-key.json"


def _kind(path: Path) -> Kind:
    head = path.read_text().partition("{#")[2].partition("#}")[0]
    return Kind.model_validate({"type": path.stem, **tomllib.loads(head)})


def _as_toml(said: Any) -> str:  # noqa: ANN401 - whatever was answered
    """Write a text or a list of texts: JSON's are TOML's as well."""
    return json.dumps(said if isinstance(said, str) else list(said), ensure_ascii=False)


def _backend(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


def _in_sql(answers: Answers, *, backend: str, quote: Callable[[str], str]) -> Mapping[str, str]:
    """Write in a database's own words what a number is, which rows are seen, and what time it is."""
    if "code" not in answers:
        return {}
    return {
        "whole": apart.whole(answers, backend=backend, quote=quote),
        "own": apart.own(answers, backend=backend, quote=quote),
        # They take a time with its zone for none.
        "now": "left(:now, 19)" if backend in {"mariadb", "mysql"} else ":now",
        "seconds": _SECONDS.get(backend, "unix_timestamp()"),
    }


def _quoting(url: str) -> Any:  # noqa: ANN401 - a filter
    """Quote names as the database at an address wants them: `user` is a word of its own to PostgreSQL."""
    try:
        preparer = sa.make_url(url).get_dialect()().identifier_preparer
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ValueError):
        return str
    return lambda name: ".".join(preparer.quote(part) for part in name.split("."))
