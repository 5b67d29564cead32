"""`docs/policies.md`: its table is what the rules say, and what it shows works."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from port_byollm_policies import policies

from .previews import PACK, environment, preview, project

__all__ = ["environment", "project"]  # fixtures

PROJECT = Path(__file__).parents[2]
SCRIPT = PROJECT / "docs/policies.py"
TEXT = SCRIPT.with_suffix(".md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_table_is_what_the_rules_say() -> None:
    page = runpy.run_path(str(SCRIPT))["page"]

    assert page(TEXT) == TEXT, "run .venv/bin/python docs/policies.py"
    assert all(f"[`{policy.name}`]" in TEXT for policy in policies())


def test_new_rule_takes_one_file_and_one_test(tmp_path: Path) -> None:
    rule, test = blocks("py")
    pack, tests = tmp_path / "policies/port_byollm_policies", tmp_path / "tests/policies"
    shutil.copytree(PROJECT / "policies/port_byollm_policies", pack)
    tests.mkdir(parents=True)
    shutil.copy(PROJECT / "tests/policies/conftest.py", tests)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    pack.joinpath("rules/role_tagged.py").write_text(rule)
    tests.joinpath("test_role_tagged.py").write_text(test)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/policies"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(pack.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_configuration_names_rules_and_settings_that_exist() -> None:
    [configuration] = map(json.loads, blocks("json"))
    known = {policy.name: policy.config_schema for policy in policies()}

    del configuration["all"]
    for name, given in configuration.items():
        schema = known[name]
        assert schema
        assert not isinstance(given, dict) or given.keys() <= schema.properties.keys()


def test_pack_in_a_folder_of_ones_own(project: Path, environment: Mapping[str, str], tmp_path: Path) -> None:
    [(*copied, setting)] = re.findall(
        r"copy\s`([^`]+)` and `([^`]+)` from `policies/` .*?, and set `(\w+)` in", TEXT, re.DOTALL
    )
    pack = tmp_path / "elsewhere/rules"
    pack.mkdir(parents=True)
    for name in copied:
        shutil.copy(PACK / name, pack)
    description = yaml.safe_load(pack.joinpath("PulumiPolicy.yaml").read_text())
    description["runtime"]["options"] |= {setting: os.path.relpath(sys.prefix, pack)}
    pack.joinpath("PulumiPolicy.yaml").write_text(yaml.safe_dump(description))

    found = preview(project, "prod", environment, PACK / "config/prod.json", pack)
    assert not found.stopped, found.said
