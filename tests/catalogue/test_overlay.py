import json
from datetime import date
from pathlib import Path

import pytest

from port_byollm.catalogue import overlay
from port_byollm.catalogue.overlay import Dates, Overlay
from port_byollm.errors import ConfigError

ANSWER = Overlay(
    regions={"eu-west-1": {"global.anthropic.claude-foo": ("", "eu-west-1")}},
    models={"anthropic.claude-foo": Dates(date(2026, 4, 14), date(2026, 10, 14))},
)


def test_keeps_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text(ANSWER.to_json())
    assert overlay.read(path) == ANSWER


def test_file_is_stable_so_that_it_can_be_committed() -> None:
    reordered = Overlay(regions={"b": {}, "a": {"y": (), "x": ()}}, models={"n": Dates(), "m": Dates()})
    text = reordered.to_json()
    assert text.endswith("}\n")
    assert list(json.loads(text)["regions"]) == ["a", "b"]
    assert list(json.loads(text)["regions"]["a"]) == ["x", "y"]


def test_no_file_is_an_empty_answer(tmp_path: Path) -> None:
    assert overlay.read(tmp_path / "none.json") == Overlay()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"regions": {}}',
        '{"regions": {"eu-west-1": {"eu.x": "eu-west-1"}}, "models": {}}',
        '{"regions": {"eu-west-1": {"eu.x": ["eu-*"]}}, "models": {}}',
        '{"regions": {}, "models": {"x": {"legacy": "soon"}}}',
        '{"regions": {}, "models": {"x": {"other": "2026-01-01"}}}',
    ],
)
def test_refuses_another_shape(tmp_path: Path, text: str) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match="is not a model catalogue"):
        overlay.read(path)


@pytest.mark.parametrize("project", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
def test_lies_beside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    monkeypatch.delenv("PORT_BYOLLM_CATALOGUE")
    (tmp_path / project).touch()
    below = tmp_path / "stacks"
    below.mkdir()
    monkeypatch.chdir(below)
    assert overlay.default_path() == tmp_path / overlay.FILE_NAME
