"""The supported range stands in one place, and whatever else names it says the same."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from port_byollm_engine import versions

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("found", "supported"),
    [
        ("3.249.99", False),
        (versions.OLDEST, True),
        (versions.NEWEST_TESTED, True),
        ("3.1000.0", True),
        ("3.251.0-alpha.1+dirty", True),
        ("4.0.0", False),
        ("4.0.0-rc.1", False),
        ("2.300.0", False),
    ],
)
def test_range(found: str, supported: bool) -> None:
    assert versions.is_supported(found) is supported


def test_the_sdk_is_of_the_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    minor = versions.OLDEST.removesuffix(".0")

    assert f"pulumi>={minor},<4" in project["dependencies"]
    assert version("pulumi") == versions.OLDEST


def test_the_documentation_names_the_range() -> None:
    page = (ROOT / "docs/engine.md").read_text()

    assert versions.RANGE in page
    assert f"{versions.OLDEST} and {versions.NEWEST_TESTED}" in page
    assert set(re.findall(r"\b3\.[0-9]+\.[0-9]+\b", page)) == {versions.OLDEST, versions.NEWEST_TESTED}
