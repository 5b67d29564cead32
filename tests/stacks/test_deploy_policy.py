"""A pipeline that may do what `port-byollm deploy-policy` prints, and nothing else, looks after stacks."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.project import copy_of_project

from port_byollm.cli.access_keys import stray_keys
from port_byollm.cli.verify.aws import Aws
from port_byollm.iam.evaluator import Request, evaluate
from port_byollm.proof import Unknown

from .conftest import Local
from .environment import Sandbox
from .pipelines import ACCOUNT, GITHUB, Company

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/platform-boundary"
USE_CASE = {
    "companyName": "Acme",
    "companyWebsite": "https://acme.example",
    "intendedUsers": "0",
    "industryOption": "Technology",
    "useCases": "Answers in the developer portal",
}
BEDROCK: dict[str, Any] = {
    "geography": "eu",
    "models": ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"],
    "modelAccess": {"useCase": USE_CASE, "marketplace": True},
    "role": {"permissionsBoundary": BOUNDARY},
}


@pytest.fixture
def company(local: Local, tmp_path: Path) -> Company:
    sandbox = Sandbox(local, copy_of_project(tmp_path))
    company = Company(sandbox, sandbox.organization("acme")["admin"])
    company.iam.create_open_id_connect_provider(Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"])
    company.iam.create_policy(
        PolicyName="platform-boundary",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["bedrock:Invoke*", "bedrock:ApplyGuardrail", "aws-marketplace:*"],
                        "Resource": "*",
                    }
                ],
            }
        ),
    )
    return company


def check_each_action_is_needed(policy: Any, asked: list[tuple[Request, str]]) -> None:
    """Nothing was denied; and for each action, something that was asked is denied without it."""
    assert [request for request, decision in asked if decision != "Allowed"] == []
    spare = []
    for number, statement in enumerate(policy["Statement"]):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in actions:
            rest = [one for one in actions if one != action]
            statements = [*policy["Statement"]]
            statements[number : number + 1] = [statement | {"Action": rest}] if rest else []
            less = {"Version": policy["Version"], "Statement": statements}
            questions = [request for request, _ in asked if request.action == action]
            if all(evaluate(request, identity_policies=[less]).allowed for request in questions):
                spare.append((statement["Sid"], action))
    assert spare == []


def test_a_pipeline_deploys_with_what_is_printed_and_needs_all_of_it(company: Company) -> None:
    secret = company.sandbox.client("secretsmanager", {})
    upstreams = company.sandbox.local.sandbox()["upstreams"]
    secret.create_secret(Name="port/openai", SecretString=upstreams["openai"]["apiKey"])
    sections: dict[str, Any] = {
        "openai": {"apiKeyAwsSecret": {"id": "port/openai"}},
        "tags": {"team": "platform"},
    }
    company.configure("prod", BEDROCK, **sections)
    policy = company.printed("prod")
    keys = company.pipeline("prod", "deploy")

    company.runs("up", "prod", keys)
    assert "unchanged" in company.runs("up", "prod", keys, "--expect-no-changes")

    # Somebody meddles: a refresh sees it, and an update undoes it.
    role = {"RoleName": "port-byollm-prod"}
    company.iam.delete_role_permissions_boundary(**role)
    company.iam.put_role_policy(**role, PolicyName="more", PolicyDocument=json.dumps(policy))
    company.runs("refresh", "prod", keys)
    company.runs("up", "prod", keys)
    company.iam.delete_role_policy(**role, PolicyName="more")

    changed = {
        **BEDROCK,
        "models": BEDROCK["models"][:1],
        "externalId": {"rotation": "2"},
        "role": {**BEDROCK["role"], "maxSessionDuration": 7200},
    }
    company.configure("prod", changed, **sections | {"tags": {"owner": "platform"}})
    company.runs("up", "prod", keys)
    company.revokes("prod")
    company.runs("up", "prod", keys)
    company.runs("destroy", "prod", keys)

    check_each_action_is_needed(policy, list(company.asked(keys)))


def test_a_pipeline_looks_after_a_user_with_access_keys(company: Company) -> None:
    bedrock = {key: BEDROCK[key] for key in ("geography", "models")} | {
        "auth": "access-keys",
        "accessKeys": {"permissionsBoundary": BOUNDARY},
    }
    company.configure("keys", bedrock, tags={"team": "platform"})
    policy = company.printed("keys")
    keys = company.pipeline("keys", "deploy")

    company.runs("up", "keys", keys)
    company.iam.delete_user_permissions_boundary(UserName="port-byollm-keys")
    company.runs("up", "keys", keys, "--refresh")
    # `port-byollm rotate access-key` first looks for a key that is not the stack's.
    assert stray_keys(company.sandbox.client("iam", keys), "port-byollm-keys", [])
    rotated = bedrock | {
        "models": BEDROCK["models"][:1],
        "accessKeys": {"permissionsBoundary": BOUNDARY, "rotation": "2"},
    }
    company.configure("keys", rotated, tags={"owner": "platform"})
    company.runs("up", "keys", keys)
    company.revokes("keys")
    company.runs("up", "keys", keys)
    company.runs("destroy", "keys", keys)

    check_each_action_is_needed(policy, list(company.asked(keys)))


def test_pull_requests_preview_and_nights_look_for_drift_and_neither_writes(company: Company) -> None:
    upstreams = company.sandbox.local.sandbox()["upstreams"]
    company.sandbox.client("secretsmanager", {}).create_secret(
        Name="port/openai", SecretString=upstreams["openai"]["apiKey"]
    )
    company.configure("prod", BEDROCK, openai={"apiKeyAwsSecret": {"id": "port/openai"}})
    company.runs("up", "prod", {})
    role = {"RoleName": "port-byollm-prod"}
    company.iam.put_role_policy(**role, PolicyName="more", PolicyDocument=json.dumps(company.printed("prod")))
    preview, drift = company.pipeline("prod", "preview"), company.pipeline("prod", "drift")

    company.runs("preview", "prod", preview)
    # `port-byollm verify --preview` reads the boundary.
    session = boto3.Session(
        preview["AWS_ACCESS_KEY_ID"], preview["AWS_SECRET_ACCESS_KEY"], preview["AWS_SESSION_TOKEN"]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", company.sandbox.local.sandbox()["aws"]["endpointUrl"])
        assert not isinstance(Aws(session).managed_policy(BOUNDARY).document, Unknown)
    company.runs("refresh", "prod", drift, "--preview-only", "--expect-no-changes")
    check_each_action_is_needed(company.printed("prod", "--for", "preview"), list(company.asked(preview)))
    check_each_action_is_needed(company.printed("prod", "--for", "drift"), list(company.asked(drift)))

    company.configure("prod", BEDROCK, tags={"team": "elsewhere"})
    before = company.iam.list_role_tags(**role)["Tags"]
    for keys in (preview, drift):
        refused = company.sandbox.pulumi("up", "prod", keys, company.port)
        assert refused.returncode
        assert "is not authorized to perform: iam:" in refused.stdout
    assert company.iam.list_role_tags(**role)["Tags"] == before


def test_without_an_action_an_update_fails_and_names_it(company: Company) -> None:
    company.configure("prod", BEDROCK, tags={"team": "platform"})
    policy = company.printed("prod")
    for statement in policy["Statement"]:
        if "iam:TagRole" in statement["Action"]:
            statement["Action"].remove("iam:TagRole")

    refused = company.sandbox.pulumi("up", "prod", company.pipeline("prod", "deploy", policy), company.port)

    assert refused.returncode
    assert (
        f"AccessDenied: User: arn:aws:sts::{ACCOUNT}:assumed-role/prod-deploy/pipeline is not authorized to "
        f"perform: iam:TagRole on resource: arn:aws:iam::{ACCOUNT}:role/port-byollm-prod because no "
        "identity-based policy allows the iam:TagRole action"
    ) in refused.stdout
