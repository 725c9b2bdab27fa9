"""A platform with an interface of its own is given a file of requests to fill in, and told until it has."""

from pathlib import Path

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.http.store import HttpStore
from tests.agent.test_joining import ABSENT, CANARY, SAID, names_in, typed

pytestmark = pytest.mark.anyio
ELSEWHERE = {**SAID, "hub": "http://127.0.0.1:9", "url": "http://127.0.0.1:9"}
UNFILLED = "filled_in: false\n"


@pytest.mark.parametrize("can", ["unbind", "unbind,deregister"])
@pytest.mark.parametrize(("login", "secret"), [("", ""), ("", "A_TOKEN"), ("agent", "A_TOKEN")])
async def test_a_file_of_requests_that_is_not_there_is_begun_and_is_sound_when_it_is_filled_in(
    tmp_path: Path, can: str, login: str, secret: str
) -> None:
    said = {**ELSEWHERE, "can": can, "login": login, "secret_env": secret}
    code, wrote = await typed(tmp_path, "init", "--accounts", "http", said=said)
    assert code == 0, wrote
    assert "Fill in requests.yaml" in wrote
    code, wrote = await typed(tmp_path, "check")
    assert (code, "connector.requests names is not filled in yet" in wrote) == (1, True), wrote
    requests = tmp_path / "requests.yaml"
    requests.write_text(requests.read_text().replace(UNFILLED, ""))
    store = load(tmp_path / "agent.toml").connector
    assert isinstance(store, HttpStore)
    assert {kind.value for kind in store.can} == set(can.split(","))
    code, wrote = await typed(tmp_path, "check")
    assert (code, "cannot be reached" in wrote) == (1, True), wrote


async def test_a_file_of_requests_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    said = {**ELSEWHERE, "requests": "mine.yaml"}
    assert (await typed(tmp_path, "init", "--accounts", "http", said=said))[0] == 0
    mine = (tmp_path / "mine.yaml").read_text().replace(UNFILLED, "")
    (tmp_path / "mine.yaml").write_text(mine)
    code, wrote = await typed(tmp_path, "init", "--accounts", "http", "--overwrite", said=said)
    assert (code, "Fill in" in wrote, (tmp_path / "mine.yaml").read_text()) == (0, False, mine)


async def test_where_there_is_a_preset_nothing_is_begun(tmp_path: Path) -> None:
    said = {**ELSEWHERE, "preset": "synapse", "secret_env": "A_TOKEN"}
    assert (await typed(tmp_path, "init", "--accounts", "http", said=said))[0] == 0
    assert "requests.yaml" not in names_in(tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"hub": "hub.example"}, {"login": "agent"}, {"requests": "gone/mine.yaml"}]
)
async def test_of_what_cannot_be_run_no_file_of_requests_is_left(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    code, _ = await typed(tmp_path, "init", "--accounts", "http", said=ELSEWHERE | wrong)
    assert (code, names_in(tmp_path)) == (2, [])


async def test_a_file_of_requests_that_is_wrong_is_said_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("[")
    lines = ["http", "http://127.0.0.1:9", "", "CN", CANARY, ABSENT, "", "", "http://127.0.0.1:9", ""]
    more = ["mine.yaml", "gone/new.yaml", "new.yaml", "", ""]
    code, wrote = await typed(tmp_path, "init", "--ask", lines=[*lines, *more])
    assert code == 0, wrote
    assert "Error: requests names mine.yaml, which is not YAML in line 1" in wrote
    assert "Error: requests must be in a folder that is there." in wrote
    assert "new.yaml" in names_in(tmp_path)
