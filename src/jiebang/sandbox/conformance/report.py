"""Report: what an inspection found, check by check, in the order of the protocol's pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"
    """There was no way to try it; of a check that is required this is as bad as a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check, and how it went."""

    check: str
    section: str
    """Where the protocol says so: a page under docs/protocol, and its heading."""
    claim: str
    verdict: Verdict
    required: bool = True
    words: str = ""

    @property
    def stands(self) -> bool:
        """Whether a platform may go live with this."""
        return self.verdict is Verdict.PASSED or (not self.required and self.verdict is Verdict.NOT_TRIED)


@dataclass(slots=True)
class Report:
    """All that was found of one platform."""

    platform: str
    findings: list[Finding] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything that is required was passed."""
        return bool(self.findings) and all(finding.stands for finding in self.findings)

    def by_section(self) -> dict[str, list[Finding]]:
        """Sort the findings by the section of the protocol that they are about."""
        sections: dict[str, list[Finding]] = {}
        for finding in sorted(self.findings, key=lambda finding: _ORDER.index(finding.section.split("#")[0])):
            sections.setdefault(finding.section, []).append(finding)
        return sections

    def as_json(self) -> dict[str, Any]:
        """Write the report for machines."""
        return {
            "platform": self.platform,
            "passed": self.passed,
            "findings": [_as_json(one) for some in self.by_section().values() for one in some],
        }


_ORDER: Sequence[str] = ("oauth.md", "index.md", "streams.md", "events.md", "platform.md")


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check, "section": f"docs/protocol/{finding.section}", "claim": finding.claim,
        "required": finding.required, "verdict": finding.verdict.value, "words": finding.words,
    }  # fmt: skip
