"""Another organization of Port's names our role: the confused deputy.

The gateway that comes to our role is the same one for every organization of a Port region, and the role's
ARN is no secret, so the external ID alone tells the organizations apart. See
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.
"""

from typing import Any

import httpx
import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.trust_policy import external_ids_of, gateway_trust

from .conftest import Local

ROLE = "port-byollm-local"
OTHERS_ROLE, OTHERS_SECRET = "another-organizations", "SOME_EXTERNAL_ID"
MODELS = {
    "claude-sonnet-4-5-20250929": {"enabled": True},
    "claude-haiku-4-5-20251001": {"enabled": True},
    "claude-sonnet-4-20250514": {"enabled": False},
}


@pytest.fixture
def other(local: Local) -> httpx.Client:
    """An administrator of another organization, in the same Port region as ours."""
    return local.port_sandbox.client(local.port_sandbox.organization("another")["admin"])


def _register(other: httpx.Client, role_arn: str, external_id: str | None) -> httpx.Response:
    """Have Port register the role for the other organization, as Port does: tested first."""
    config = {"roleArn": role_arn, "region": "eu-west-1"}
    if external_id is not None:
        secret = {"secretName": OTHERS_SECRET, "secretValue": external_id}
        other.delete(f"/v1/organization/secrets/{OTHERS_SECRET}")
        other.post("/v1/organization/secrets", json=secret).raise_for_status()
        config["externalIdSecretName"] = OTHERS_SECRET
    body = {"provider": "bedrock", "config": config, "overrides": {"models": MODELS}}
    return other.post("/v1/llm-providers", params={"validate_connection": "true"}, json=body)


def _external_id(local: Local) -> str:
    """The one value that our role accepts."""
    trust: dict[str, Any] = local.iam().get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    [value] = external_ids_of(trust)
    return value


def _give_the_other_a_role(local: Local, external_id: str) -> str:
    """A role with our role's policies that the same gateway may assume; returns its ARN."""
    iam = local.iam()
    trust = gateway_trust([*GATEWAY_PRINCIPALS.values()], [external_id]).to_json()
    arn: str = iam.create_role(RoleName=OTHERS_ROLE, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for policy_arn in local.outputs()["policyArns"]:
        iam.attach_role_policy(RoleName=OTHERS_ROLE, PolicyArn=policy_arn)
    return arn


def test_no_other_organization_comes_to_our_role(local: Local, other: httpx.Client) -> None:
    local.up()
    rotated_out = _external_id(local)
    options = ("--stack", "local", "--config-file", str(local.config_file))
    local.command("rotate", "external-id", "--yes", *options)
    assert _external_id(local) != rotated_out
    ours, wrong = local.outputs()["roleArn"], "a-guess-of-another-organization"

    for external_id in (None, wrong, rotated_out):
        refused = _register(other, ours, external_id)

        assert refused.status_code == 400, refused.text
        assert refused.json()["error"] == "LLMProviderModelTestError"
        tested = refused.json()["details"]["testedModels"].values()
        assert tested
        for model in tested:
            assert f"not authorized to perform: sts:AssumeRole on resource: {ours}" in model["message"]
        assert other.get("/v1/llm-providers/bedrock").status_code == 404

    # The same request passes where the external ID is the role's: what was refused was refused for it.
    accepted = _register(other, _give_the_other_a_role(local, wrong), wrong)
    assert accepted.status_code == 201, accepted.text
