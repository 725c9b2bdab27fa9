"""
What a test needs from the machine, and what happens where that is missing.

A test says `@pytest.mark.needs("chromium")`. Where the machine has none, the test is left out, and the
summary names it with the Debian package that would bring it back. In CI nothing may be left out.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Need:
    """Something that a Debian package puts on a machine, and the file that shows it is there."""

    package: str
    file: Path
    as_root: bool = False
    """Whether it also takes root: a domain controller gives files to others."""

    @property
    def told(self) -> str:
        """What would bring it back."""
        return f"{self.package}, as root," if self.as_root else self.package

    @property
    def is_met(self) -> bool:
        """Whether it is there."""
        return self.file.exists() and (not self.as_root or os.geteuid() == 0)


KNOWN = {
    "mariadb": Need("mariadb-server-core", Path("/usr/sbin/mariadbd")),
    "chromium": Need("chromium", Path("/usr/bin/chromium")),
    "samba": Need("samba-ad-provision", Path("/usr/share/samba/setup/provision.ldif"), as_root=True),
    "slapd": Need("slapd", Path("/usr/sbin/slapd")),
    "chinese font": Need("fonts-wqy-microhei", Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")),
}

_SAID = "left out"
needs = pytest.StashKey[dict[str, Need]]()
left_out = pytest.StashKey[list[tuple[str, str]]]()
"""The tests that are left out, and the package that each of them needs."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, so that a misspelt one is an error."""
    config.addinivalue_line(
        "markers", "needs(*names): what the test needs from the machine; see tests/needs.py"
    )
    config.stash[needs] = dict(KNOWN)
    config.stash[left_out] = []


def missing(item: pytest.Item, *, known: dict[str, Need]) -> Need | None:
    """Return the first thing that a test needs and this machine lacks."""
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if name not in known:
                raise pytest.UsageError(
                    f"{item.nodeid} needs {name!r}, of which tests/needs.py knows nothing"
                )
            if not known[name].is_met:
                return known[name]
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here; last of all, so that tests nobody asked for do not count."""
    lacking = [(item, need) for item in items if (need := missing(item, known=config.stash[needs]))]
    if lacking:
        gone = [item for item, _ in lacking]
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=gone)
        config.stash[left_out].extend((item.nodeid, need.told) for item, need in lacking)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - pytest-xdist's, which has no types
    """Hear from one of several processes what it has left out; each of them finds the same."""
    said = getattr(node, "workeroutput", {}).get(_SAID, [])
    known = node.config.stash[left_out]
    known.extend(one for test, package in said if (one := (test, package)) not in known)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that left anything out: green must mean that every test ran."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[_SAID] = config.stash[left_out]
    if config.stash[left_out] and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name each test that was left out, and what would bring it back."""
    if config.stash[left_out]:
        terminalreporter.section("left out", yellow=True)
    for test, package in config.stash[left_out]:
        terminalreporter.line(f"{test}: the Debian package {package} would bring it back")
