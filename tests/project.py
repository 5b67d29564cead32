"""The project whose stacks are tested, and copies of it that a test may change."""

import shutil
import sys
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[1]


def copy_of_project(directory: Path) -> Path:
    """A copy of the project: the engine writes a salt into the configuration of a stack it creates."""
    copy = directory / "project"
    shutil.copytree(PROJECT / "stacks", copy / "stacks")
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    project["plugins"]["providers"][0]["path"] = str(PROJECT / "components/port_byollm/plugin")
    copy.joinpath("Pulumi.yaml").write_text(yaml.safe_dump(project))
    return copy
