"""An organization that was set up by hand is taken into the stack."""

import re
from typing import Any

import pytest

from port_byollm.iam.invoke_policy import pinned

from .by_hand import (
    ALL,
    API_KEY,
    GATEWAY,
    HAIKU,
    ROLE,
    SONNET,
    SPECIFIC,
    adopt,
    document,
    make_role,
    overrides,
    set_up_aws,
    set_up_port,
)
from .canaries import Canaries
from .conftest import Local


def what_port_has(local: Local) -> dict[str, Any]:
    paths = ("llm-providers", "llm-providers/defaults", "organization/secrets")
    with local.port() as port:
        return {path: port.get(f"/v1/{path}").raise_for_status().json() for path in paths}


@pytest.mark.parametrize(
    ("resources", "registered", "region"),
    [(ALL, {}, None), (SPECIFIC, {"overrides": overrides(SONNET, HAIKU)}, "eu-west-1")],
    ids=["all-models-without-region", "specific-models-with-region"],
)
def test_what_was_set_up_by_hand_is_adopted_unchanged_and_then_removed(
    local: Local, resources: list[str], registered: dict[str, Any], region: str | None
) -> None:
    set_up_port(local, set_up_aws(local, resources), region, **registered)
    before = what_port_has(local)

    said = adopt(local, "--yes")

    again = local.up("--expect-no-changes")
    assert "unchanged" in again.stdout
    assert what_port_has(local) == before
    assert "nothing to adopt" in adopt(local)
    canaries = Canaries(local, **{"adopted API key": API_KEY})
    assert canaries.leaks(said + again.stdout + again.stderr) == []

    local.pulumi("destroy", "--yes", "--skip-preview")

    after = what_port_has(local)
    assert after["llm-providers"]["result"] == []
    assert after["llm-providers/defaults"]["result"]["provider"] == "port"
    # A key that the configuration does not hold is somebody else's.
    assert [each["secretName"] for each in after["organization/secrets"]["secrets"]] == ["openai-api-key"]
    assert local.iam().list_roles()["Roles"] == []
    assert local.iam().list_policies(Scope="Local")["Policies"] == []


def test_what_cannot_be_adopted_is_left_out_with_the_reason_and_the_rest_is_taken_in(
    local: Local,
) -> None:
    arn = set_up_aws(local, SPECIFIC)
    local.iam().put_role_policy(
        RoleName=ROLE,
        PolicyName="mine",
        PolicyDocument=document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}),
    )
    set_up_port(local, arn, None, overrides=overrides(SONNET, HAIKU))
    local.configure(bedrock=None)
    before = what_port_has(local)

    said = adopt(local)

    assert f"Left out bedrock: the role {ROLE} has inline policies (mine)" in said
    [command, then] = [line.split() for line in said.splitlines() if line.startswith("  port-byollm ")]
    assert then[:3] == ["port-byollm", "pulumi", "up"]
    local.command(*command[1:])
    assert "unchanged" in local.up("--expect-no-changes").stdout
    assert what_port_has(local) == before


def test_an_adoption_that_was_interrupted_is_gone_on_with(local: Local) -> None:
    set_up_port(local, set_up_aws(local, ALL))
    options = ("--stack", "local", "--config-file", str(local.config_file))
    adopt(local)
    # What `adopt --yes` does first; the role, whose trust policy holds a secret, comes after it.
    file = ("--file", str(local.directory / "adopt.json"))
    local.command("pulumi", "import", *options, *file, "--generate-code=false", "--protect=false", "--yes")

    adopt(local, "--yes")

    assert "unchanged" in local.up("--expect-no-changes").stdout


def test_an_adopted_stack_is_verified_reviewed_and_diagnosed_as_one_that_was_made(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")  # which --event-log is one of
    set_up_port(local, set_up_aws(local, SPECIFIC), overrides=overrides(SONNET, HAIKU))
    adopt(local, "--yes")
    events, record = (str(local.directory / name) for name in ("events.json", "record.json"))
    local.up("--expect-no-changes", "--event-log", events)
    options = ("--stack", "local", "--config-file", str(local.config_file))

    verified = local.command("verify", *options).stdout
    assert "BEDROCK_ROLE_EXTERNAL_ID, which was imported" in " ".join(verified.split())
    local.command("review", *options)
    diagnosed = local.command("diagnose", "--test", *options, check=False).stdout
    assert "OURS: test of openai: gpt-5: Invalid API key" in diagnosed
    local.command("audit", "record", "--event-log", events, "--output", record, *options)


def test_a_stack_that_is_bound_adopts_what_is_within_its_target_and_residency(local: Local) -> None:
    [policy] = pinned([SONNET, HAIKU], "eu", "eu-west-1", "111122223333", None)
    arn = make_role(local, policy.to_json(), GATEWAY[:1])
    set_up_port(local, arn, overrides=overrides(SONNET, HAIKU))
    before = what_port_has(local)
    target = {"awsAccountId": "111122223333", "portOrganization": "sandbox"}
    local.configure(bedrock=None, dataResidency="eu", target=target)

    said = adopt(local, "--yes")

    assert "The update marks them in Port as this stack's" in said
    steps = re.findall(r"^ [-+~]+ +(\S+) (\S+) (created|updated|deleted) ", local.up().stdout, re.MULTILINE)
    assert sorted(steps) == [
        (kind, "target", "created")
        for kind in ("port-byollm:index:Ownership", "pulumi:providers:aws", "pulumi:providers:port-byollm")
    ]
    assert "unchanged" in local.up("--expect-no-changes").stdout
    after = what_port_has(local)
    for each in (before, after):
        secrets = each["organization/secrets"]["secrets"]
        each["organization/secrets"] = [
            secret for secret in secrets if not secret["secretName"].startswith("port-byollm-owner-")
        ]
    assert after == before


def test_a_key_that_is_given_later_is_written_once_adoption_is_allowed(local: Local) -> None:
    with local.port() as port:
        secret = {"secretName": "openai-api-key", "secretValue": API_KEY}
        port.post("/v1/organization/secrets", json=secret).raise_for_status()
        openai = {"config": {"apiKeySecretName": "openai-api-key"}, "enabled": True}
        port.put("/v1/llm-providers/openai", json=openai).raise_for_status()
    local.configure(bedrock=None, defaults=None)
    adopt(local, "--yes")
    local.up("--expect-no-changes")
    [before] = what_port_has(local)["organization/secrets"]["secrets"]

    local.command(
        *("pulumi", "config", "set", "--secret", "--path", "byollm:openai.apiKey", "sk-new"),
        *("--stack", "local", "--config-file", str(local.config_file)),
    )
    refused = local.up(check=False)
    assert "openai-api-key is in Port already" in refused.stdout + refused.stderr
    local.command(
        *("pulumi", "config", "set", "--path", "byollm:openai.adopt", "true"),
        *("--stack", "local", "--config-file", str(local.config_file)),
    )
    local.command(
        *("pulumi", "config", "set", "--path", "byollm:openai.validateConnection", "false"),
        *("--stack", "local", "--config-file", str(local.config_file)),
    )
    local.up()

    [after] = what_port_has(local)["organization/secrets"]["secrets"]
    assert after["updatedAt"] > before["updatedAt"]
