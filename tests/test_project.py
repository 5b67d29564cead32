from pathlib import Path

import pytest

from port_byollm.project import project_file


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
def test_the_project_is_the_nearest_one_above(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "project/infra"
    inner.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "project" / name).touch()

    assert project_file(inner) == tmp_path / "project" / name


def test_outside_of_a_project_there_is_none(tmp_path: Path) -> None:
    assert project_file(tmp_path) is None
