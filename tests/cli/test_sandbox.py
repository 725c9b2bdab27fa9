"""`jiebang sandbox`: what it cannot read, it says so of."""

import subprocess
from pathlib import Path

import pytest

from jiebang.sandbox.program import clean
from tests import faraway


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        (None, '{"keys": []}'),
        ("{", '{"keys": []}'),
        ('{"+8613800138000": {"since": "May"}}', '{"keys": []}'),
        ("{}", '{"keys": [{"kty": "none"}]}'),
    ],
)
def test_a_carrier_is_not_opened_from_what_cannot_be_read(
    tmp_path: Path, lines: str | None, keys: str
) -> None:
    if lines is not None:
        (tmp_path / "lines.json").write_text(lines)
    (tmp_path / "keys.json").write_text(keys)
    done = subprocess.run(
        faraway.command(8099), cwd=tmp_path, env=clean({}), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "cannot be read, or is not as --help says" in done.stderr) == (2, True)
