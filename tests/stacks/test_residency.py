"""Prompts that must stay in a geography, in an organization whose default is Port's own models."""

from typing import Any

import yaml

from port_byollm.catalogue import GATEWAY_PRINCIPALS

from .conftest import Local


def test_residency_lets_a_stack_come_up_and_refuses_only_to_leave_port_behind(local: Local) -> None:
    local.configure(dataResidency="eu", defaults={"onRemoval": "restore"})
    assert "`pulumi destroy` will be refused" in local.up().stdout
    with local.port() as port:
        before = port.get("/v1/llm-providers/defaults").json()["result"]
        done = local.pulumi("destroy", "--yes", "--skip-preview", check=False)
        assert done.returncode
        assert "Set onRemoval to keep" in done.stdout
        assert port.get("/v1/llm-providers/defaults").json()["result"] == before
    local.configure(dataResidency="eu", defaults={"onRemoval": "system-default"})
    local.up()
    local.pulumi("destroy", "--yes", "--skip-preview")
    with local.port() as port:
        assert port.get("/v1/llm-providers").json()["result"] == []


def test_residency_admits_only_the_gateway_within_it(local: Local) -> None:
    local.configure(dataResidency="eu")
    local.up()

    role = local.iam().get_role(RoleName="port-byollm-local")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    admitted = statement["Principal"]["AWS"]
    assert admitted in (GATEWAY_PRINCIPALS["eu"], [GATEWAY_PRINCIPALS["eu"]])


def test_each_setting_that_leaves_the_residency_is_refused_at_preview_with_its_key(local: Local) -> None:
    leaving: dict[str, dict[str, Any]] = {
        "byollm:bedrock.geography: 'us'": {"byollm:bedrock": {"geography": "us"}},
        "byollm:bedrock.geography: 'global'": {"byollm:bedrock": {"geography": "global"}},
        "byollm:bedrock.scope: 'documented'": {"byollm:bedrock": {"scope": "documented"}},
        "has no inference profile in 'eu'": {
            "byollm:bedrock": {"models": ["us.anthropic.claude-sonnet-4-5-20250929-v1:0"]}
        },
        "byollm:defaults.provider: 'port'": {"byollm:defaults": {"provider": "port"}},
        "port-byollm:baseUrl: 'api.us.port.io'": {"port-byollm:baseUrl": "https://api.us.port.io"},
        "aws:region: 'us-east-1'": {"aws:region": "us-east-1"},
    }
    for said, change in leaving.items():
        local.configure(dataResidency="eu")
        document = yaml.safe_load(local.config_file.read_text())
        for key, value in change.items():
            old = document["config"].get(key)
            document["config"][key] = {**old, **value} if isinstance(old, dict) else value
        local.config_file.write_text(yaml.safe_dump(document))
        refused = local.pulumi("preview", check=False)
        assert refused.returncode, said
        assert said in refused.stdout
    assert local.requests() == []


def test_residency_keeps_the_default_through_removal_replacement_and_rotation(local: Local) -> None:
    local.configure(dataResidency="eu")
    local.up()
    with local.port() as port:

        def default() -> Any:
            return port.get("/v1/llm-providers/defaults").json()["result"]

        before = default()
        assert before["provider"] == "bedrock"

        local.configure(dataResidency="eu", defaults=None)
        removed = local.up(check=False)
        assert removed.returncode
        assert "Set onRemoval to keep" in removed.stdout
        assert default() == before

        local.configure(dataResidency="eu", bedrock={"externalId": {"rotation": "2"}})
        local.up()
        assert default() == before

        local.up("--replace", "**port-byollm:index:LlmDefaults::defaults")
        now = default()
        assert (now["provider"], now["model"]) == (before["provider"], before["model"])
