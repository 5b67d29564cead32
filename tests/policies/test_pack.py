"""What the pack is made of."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, Policy

from port_byollm_policies import policies

PROJECT = Path(__file__).parents[2]
RULES = PROJECT / "policies/port_byollm_policies/rules"
CONFIGURATIONS = sorted(PROJECT.glob("policies/config/*.json"))
LEVELS = {level.value for level in EnforcementLevel}


def each(policy: Policy) -> Any:
    return pytest.param(policy, id=policy.name)


@pytest.mark.parametrize("policy", [each(policy) for policy in policies()])
def test_rule_is_named_after_its_file_and_has_all_its_words(policy: Policy) -> None:
    file = policy.name.replace("-", "_")
    assert RULES.joinpath(f"{file}.py").is_file()
    assert PROJECT.joinpath(f"tests/policies/test_{file}.py").is_file()
    assert policy.severity
    assert policy.remediation_steps
    assert (policy.url or "").startswith("https://")
    assert re.fullmatch(r"[A-Z][^\n]*\.", policy.description)


@pytest.mark.parametrize("policy", [each(policy) for policy in policies()])
def test_settings_have_types_defaults_and_descriptions(policy: Policy) -> None:
    assert policy.config_schema
    for setting in policy.config_schema.properties.values():
        assert {"type", "default", "description"} <= setting.keys()


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda file: file.stem)
def test_configuration_names_rules_and_settings_that_exist(file: Path) -> None:
    settings = {policy.name: policy.config_schema.properties for policy in policies() if policy.config_schema}
    configuration = json.loads(file.read_text())

    assert configuration.pop("all") in LEVELS
    for name, given in configuration.items():
        if isinstance(given, dict):
            assert given.pop("enforcementLevel", "mandatory") in LEVELS
            assert given.keys() <= settings[name].keys()
        else:
            assert name in settings
            assert given in LEVELS


def test_there_is_a_configuration_for_each_environment_and_for_each_that_a_pipeline_is_about() -> None:
    stacks = {path.suffixes[0][1:] for path in PROJECT.glob("stacks/Pulumi.*.yaml")} - {"local"}
    assert {file.stem for file in CONFIGURATIONS} == stacks
    for file in PROJECT.glob("ci/*/*.yml"):
        named = {*re.findall(r"\bstack: ([a-z-]+)", file.read_text(), re.IGNORECASE)}
        assert named
        assert named <= stacks, file


def test_only_the_command_line_knows_the_pack() -> None:
    users = [
        path
        for path in PROJECT.glob("components/**/*.py")
        if re.search(r"port_byollm_policies|pulumi_policy", path.read_text())
    ]
    assert [path for path in users if "cli" not in path.parts] == []
