"""`port-byollm deploy-policy`: from the configuration file to the documents."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from port_byollm.cli.__main__ import main

ACCOUNT = "111122223333"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
MODEL = "claude-sonnet-4-5-20250929"


@pytest.fixture(autouse=True)
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, with no engine and no credentials."""
    (tmp_path / "Pulumi.yaml").write_text("name: byollm\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    return tmp_path


def run(config: dict[str, Any], *options: str) -> Result:
    """Of a stack `prod` with this configuration, where `bedrock` says more than the least."""
    whole = {
        "aws:region": "eu-west-1",
        "byollm:target": {"awsAccountId": ACCOUNT, "portOrganization": "acme"},
        **config,
    }
    Path("Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": whole}))
    return CliRunner().invoke(main, ["deploy-policy", "--stack", "prod", *options])


def bedrock(**more: Any) -> dict[str, Any]:
    least = {"geography": "eu", "models": [MODEL], "role": {"permissionsBoundary": BOUNDARY}}
    return {"byollm:bedrock": {**least, **more}}


def resources(result: Result) -> set[str]:
    assert result.exit_code == 0, result.output
    found: set[str] = set()
    for statement in json.loads(result.stdout)["Statement"]:
        named = statement["Resource"]
        found |= {named} if isinstance(named, str) else {*named}
    return {arn.rpartition(":")[2] for arn in found}


def test_names_what_the_program_makes() -> None:
    made = resources(run(bedrock()))

    assert made == {"role/port-byollm-prod", "policy/port-byollm-prod-invoke", "policy/boundary"}


def test_names_are_those_of_the_configuration() -> None:
    made = resources(
        run(
            bedrock(
                role={"name": "gateway", "permissionsBoundary": BOUNDARY}, modelAccess={"marketplace": True}
            )
        )
    )

    assert {"role/gateway", "policy/gateway-invoke", "policy/port-byollm-prod-marketplace"} < made
    assert "policy/named" in resources(run(bedrock(policyName="named")))
    keys = {"auth": "access-keys", "accessKeys": {"userName": "gateway", "permissionsBoundary": BOUNDARY}}
    made = resources(run(bedrock(**keys)))
    assert made == {"user/gateway", "policy/port-byollm-prod-invoke", "policy/boundary"}


def test_each_policy_that_the_models_take_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("port_byollm.iam.invoke_policy.MAX_POLICY_SIZE", 1500)

    made = resources(run(bedrock(models=[MODEL, "claude-haiku-4-5-20251001"])))

    assert made == {
        "role/port-byollm-prod",
        "policy/port-byollm-prod-invoke",
        "policy/port-byollm-prod-invoke-2",
        "policy/boundary",
    }


def test_what_the_stack_does_not_manage_is_left_out() -> None:
    target = {"awsAccountId": ACCOUNT, "portOrganization": "acme", "manages": ["openai"]}
    openai = {"apiKeyAwsSecret": {"id": "port/openai"}}

    made = resources(run({**bedrock(), "byollm:target": target, "byollm:openai": openai}))

    assert made == {"port/openai-??????"}


def test_nothing_to_permit_is_an_empty_list() -> None:
    result = run({"byollm:openai": {"apiKeySecretName": "openai-api-key"}}, "--for", "preview")

    assert json.loads(result.stdout) == []
    assert "needs no permission in AWS" in result.stderr


@pytest.mark.parametrize("purpose", ["deploy", "preview", "drift"])
def test_a_program_of_ones_own_is_not_told_that_it_needs_nothing(purpose: str) -> None:
    result = run({"byollm:target": None, "acme:model": MODEL}, "--for", purpose)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "byollm:bedrock: the stack prod configures and manages no provider" in result.stderr
    assert "a program of your own" in result.stderr


def test_a_configuration_that_does_not_hold_is_told_as_the_program_tells_it() -> None:
    result = run(bedrock(modles=[MODEL]))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "byollm:bedrock.modles: unknown configuration key; did you mean models?" in result.stderr


def test_warns_where_no_boundary_is_set() -> None:
    result = run(bedrock(role={}))

    assert result.exit_code == 0
    assert "byollm:bedrock.role.permissionsBoundary is not set" in result.stderr
    assert "Warning" not in run(bedrock()).stderr
    assert "Warning" not in run(bedrock(role={}), "--for", "drift").stderr


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (bedrock(role={"name": "*"}), "byollm:bedrock.role.name"),
        (bedrock(policyName="a/b"), "byollm:bedrock.policyName"),
        (bedrock(role={"permissionsBoundary": "boundary"}), "byollm:bedrock.role.permissionsBoundary"),
        (bedrock(geography="mars"), "byollm:bedrock.geography"),
        (bedrock(models=["no model"]), "byollm:bedrock.models"),
        ({"byollm:target": {"awsAccountId": "12"}}, "byollm:target.awsAccountId"),
        ({**bedrock(), "aws:region": None}, "aws:region"),
        (
            {"byollm:openai": {"apiKeyAwsSecret": {"id": "*"}}},
            "apiKeyAwsSecret.id",
        ),
    ],
)
def test_says_which_key_is_wrong(config: dict[str, Any], key: str) -> None:
    result = run(config)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {key}: ")


def test_the_trust_policy_is_for_the_environment_of_the_stacks_name() -> None:
    result = run(bedrock(), "--trust", "github", "--repository", "acme/platform")

    [statement] = json.loads(result.stdout)["Statement"]
    assert statement["Principal"]["Federated"].startswith(f"arn:aws:iam::{ACCOUNT}:oidc-provider/")
    assert "repo:acme/platform:environment:prod" in statement["Condition"]["StringEquals"].values()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--trust", "github"], "--trust needs --repository"),
        (["--repository", "acme/platform"], "--repository and --environment need --trust"),
        (
            ["--trust", "gitlab", "--repository", "acme/platform", "--environment", "prod"],
            "AWS cannot see the environment in GitLab's tokens",
        ),
        (
            ["--trust", "github", "--repository", "acme/*"],
            "--repository: 'acme/*' does not name one repository",
        ),
    ],
)
def test_refuses_options_that_do_not_say_whose_pipelines(options: list[str], says: str) -> None:
    result = run(bedrock(), *options)

    assert result.exit_code
    assert says in result.stderr
