"""Files of requests: one of the agent's own presets, or one that a platform has written."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BeforeValidator, ValidationError, ValidationInfo

from jiebang.agent.connectors.http.aim import astray
from jiebang.agent.connectors.http.shape import Requests
from jiebang.agent.fields import beside
from jiebang.agent.mistakes import sentence

PRESETS = Path(__file__).parents[2] / "presets"


def read(path: Path) -> Requests:
    """Read a file; raises `ValueError`, which says in a few words what is wrong in it, and where."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        requests = Requests.model_validate(said)
    except OSError as missing:
        raise ValueError(f"names {path.name}, which cannot be read: {missing.strerror}") from None
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 1
        raise ValueError(f"names {path.name}, which is not YAML in line {line}: {broken.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ValueError(f"names {path.name}, which is not YAML") from None
    except ValidationError as invalid:
        wrong = sentence(invalid.errors()[0]).removesuffix(".")
        raise ValueError(f"names {path.name}, which is not right: {wrong}") from None
    wanting = astray(requests)
    if wanting is not None:
        raise ValueError(f"names {path.name}, which is not right: {wanting}")
    return requests


def _preset(name: object) -> Requests:
    known = sorted(path.stem for path in PRESETS.glob("*.yaml"))
    if name not in known:
        raise ValueError(f"must be among {', '.join(known)}")
    return read(PRESETS / f"{name}.yaml")


def _own(name: object, place: ValidationInfo) -> Requests:
    return read(beside(Path(str(name)), place))


PresetName = Annotated[Requests, BeforeValidator(_preset)]
RequestsFile = Annotated[Requests, BeforeValidator(_own)]
