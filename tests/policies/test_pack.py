"""What the pack is made of, and what it is configured with."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel, Policy

from port_byollm_policies import policies
from port_byollm_policies.pack import unknown_names

from .previews import environment, preview, project

__all__ = ["environment", "project"]  # fixtures

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


def test_names_that_are_none_are_named_with_what_was_meant() -> None:
    given = {"all": [], "models-named": ["except"], "models-namd": [], "x": [], "models-allowed": ["model"]}

    *found, (last, *known) = [each.split("; ") for each in unknown_names(given, policies())]

    assert found == [
        ["models-allowed.model: the rule has no such setting", "did you mean models?"],
        ["models-namd: there is no such rule", "did you mean models-named?"],
    ]
    assert last == "x: there is no such rule"
    assert known == [f"there are {', '.join(policy.name for policy in policies())}"]


def test_engine_refuses_a_configuration_with_names_that_are_none(
    project: Path, environment: Mapping[str, str]
) -> None:
    mistyped = project / "rules.json"
    rules = {"typo-rule": "mandatory", "session-duration-limited": {"maxSecond": 5}}
    mistyped.write_text(json.dumps({"all": "mandatory", **rules}))

    found = preview(project, "prod", environment, mistyped)

    assert found.stopped
    assert "session-duration-limited.maxSecond: the rule has no such setting" in found.said
    assert "did you mean maxSeconds?" in found.said
    assert "typo-rule: there is no such rule; " in found.said


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
