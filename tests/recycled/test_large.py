"""A file of any size is screened in bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pack import pack
from jiebang.sandbox.numbers import Accounts, Population, write_accounts
from tests.house.files import ROOT
from tests.recycled.made import TODAY

ROWS = 3_000_000
MOST_MEGABYTES = 250


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_millions_of_rows_are_screened_in_bounded_memory(tmp_path: Path, kind: str) -> None:
    pack(tmp_path / "a.list", Population(200_000, 1).blocks(), covered_until=TODAY)
    published = MappedList(mapped(tmp_path / "a.list"))
    users = tmp_path / f"users.{kind}"
    write_accounts(Accounts(published=published, count=ROWS, seed=1, odd=0.001), users)
    command = [sys.executable, "-m", "tests.recycled.busy", "find", str(tmp_path)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows, megabytes = (int(word) for word in said.split())
    assert rows == ROWS
    assert megabytes < MOST_MEGABYTES
