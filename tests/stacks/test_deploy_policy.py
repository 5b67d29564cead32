"""A pipeline that may do what `port-byollm deploy-policy` prints, and nothing else, looks after stacks."""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.project import copy_of_project

from .conftest import Local
from .environment import Sandbox
from .pipelines import ACCOUNT, GITHUB, REPOSITORY, Company
from .withholding import Verb

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/platform-boundary"
ADMIN = f"arn:aws:iam::{ACCOUNT}:policy/admin"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
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


def test_a_pipeline_deploys_with_what_is_printed_and_needs_all_of_it(company: Company) -> None:
    upstreams = company.sandbox.local.sandbox()["upstreams"]
    company.sandbox.client("secretsmanager", {}).create_secret(
        Name="port/openai", SecretString=upstreams["openai"]["apiKey"]
    )
    sections: dict[str, Any] = {
        "openai": {"apiKeyAwsSecret": {"id": "port/openai"}},
        "tags": {"team": "platform"},
    }
    company.configure("prod", BEDROCK, **sections)
    pipeline = company.pipeline("prod", "deploy")

    def life() -> Iterator[Verb]:
        yield pipeline.pulumi("up")
        yield pipeline.pulumi("up", "--expect-no-changes")
        yield partial(pipeline.command, "verify")
        # Somebody meddles: a refresh sees it, and an update undoes it.
        role = {"RoleName": "port-byollm-prod"}
        company.iam.delete_role_permissions_boundary(**role)
        company.iam.put_role_policy(**role, PolicyName="more", PolicyDocument=json.dumps(pipeline.policy))
        yield pipeline.pulumi("refresh")
        yield pipeline.pulumi("up")
        company.iam.delete_role_policy(**role, PolicyName="more")
        changed = {
            **BEDROCK,
            "models": BEDROCK["models"][:1],
            "externalId": {"rotation": "2"},
            "role": {**BEDROCK["role"], "maxSessionDuration": 7200},
        }
        company.configure("prod", changed, **sections | {"tags": {"owner": "platform"}})
        yield pipeline.pulumi("up")
        company.revokes("prod")
        yield pipeline.pulumi("up")
        yield pipeline.pulumi("destroy")

    pipeline.check_it_needs_its_policy(life())


def test_a_pipeline_looks_after_a_user_with_access_keys(company: Company) -> None:
    user = {"UserName": "port-byollm-keys"}
    bedrock = {key: BEDROCK[key] for key in ("geography", "models")} | {
        "auth": "access-keys",
        "accessKeys": {"permissionsBoundary": BOUNDARY},
    }
    company.configure("keys", bedrock, tags={"team": "platform"})
    pipeline, drift = company.pipeline("keys", "deploy"), company.pipeline("keys", "drift")

    def finds_a_stray_key() -> subprocess.CompletedProcess[str]:
        done = pipeline.command("rotate", "access-key", "--yes")
        # It was made just now, so that nobody can tell whether it is in use: the owner has to delete it.
        done.returncode = 0 if "that the stack does not manage" in done.stderr else done.returncode
        return done

    def night() -> Iterator[Verb]:
        yield partial(drift.command, "verify")
        company.revokes("keys")
        yield drift.pulumi("refresh", "--preview-only")

    def life() -> Iterator[Verb]:
        yield pipeline.pulumi("up")
        yield partial(pipeline.command, "verify")
        company.iam.delete_user_permissions_boundary(**user)
        yield pipeline.pulumi("up", "--refresh")
        stray = company.iam.create_access_key(**user)["AccessKey"]["AccessKeyId"]
        yield finds_a_stray_key
        company.iam.delete_access_key(**user, AccessKeyId=stray)
        changed = bedrock | {
            "models": BEDROCK["models"][:1],
            "accessKeys": {"permissionsBoundary": BOUNDARY, "rotation": "2"},
        }
        company.configure("keys", changed, tags={"owner": "platform"})
        yield pipeline.pulumi("up")
        drift.check_it_needs_its_policy(night())
        yield pipeline.pulumi("up", "--refresh")
        yield pipeline.pulumi("destroy")

    pipeline.check_it_needs_its_policy(life())


def test_pull_requests_preview_and_nights_look_for_drift_and_neither_writes(company: Company) -> None:
    upstreams = company.sandbox.local.sandbox()["upstreams"]
    company.sandbox.client("secretsmanager", {}).create_secret(
        Name="port/openai", SecretString=upstreams["openai"]["apiKey"]
    )
    company.configure("prod", BEDROCK, openai={"apiKeyAwsSecret": {"id": "port/openai"}})
    made = company.sandbox.pulumi("up", "prod", company.port)
    assert made.returncode == 0, made.stdout
    role = {"RoleName": "port-byollm-prod"}
    company.iam.put_role_policy(**role, PolicyName="more", PolicyDocument=json.dumps(company.printed("prod")))
    preview, drift = company.pipeline("prod", "preview"), company.pipeline("prod", "drift")

    preview.check_it_needs_its_policy(
        [preview.pulumi("preview"), partial(preview.command, "verify", "--preview")]
    )

    def night() -> Iterator[Verb]:
        yield drift.pulumi("refresh", "--preview-only", "--expect-no-changes")
        company.iam.delete_role_policy(**role, PolicyName="more")
        yield partial(drift.command, "verify")

    drift.check_it_needs_its_policy(night())

    company.configure("prod", BEDROCK, tags={"team": "elsewhere"})
    before = company.iam.list_role_tags(**role)["Tags"]
    for pipeline in (preview, drift):
        refused = pipeline.pulumi("up")()
        assert refused.returncode
        assert "is not authorized to perform: iam:" in refused.stdout
    assert company.iam.list_role_tags(**role)["Tags"] == before


def everything(company: Company) -> list[Any]:
    """All that IAM has, but for when a role was used."""
    accounts = company.sandbox.iam({})
    for role in (role for account in accounts for role in account["RoleDetailList"]):
        role.pop("RoleLastUsed", None)
    return accounts


def test_whoever_deploys_comes_by_nothing_more(company: Company) -> None:
    company.configure("prod", BEDROCK)
    company.iam.create_policy(PolicyName="admin", PolicyDocument=json.dumps(ANYTHING))
    pipeline = company.pipeline("prod", "deploy")
    assert pipeline.pulumi("up")().returncode == 0
    before = everything(company)

    # By the program and its configuration, which whoever deploys may change.
    for change, action in (
        ({"role": {}}, "iam:DeleteRolePermissionsBoundary"),
        ({"role": {"permissionsBoundary": ADMIN}}, "iam:PutRolePermissionsBoundary"),
        (
            {"role": {**BEDROCK["role"], "name": "admin"}, "policyName": "port-byollm-prod-invoke"},
            "iam:CreateRole",
        ),
        ({"policyName": "more"}, "iam:CreatePolicy"),
    ):
        company.configure("prod", BEDROCK | change)
        refused = pipeline.pulumi("up")()
        assert refused.returncode
        assert f"User: {pipeline.caller} is not authorized to perform: {action} on" in refused.stdout
    # By itself, with the credentials of its run.
    iam = company.sandbox.client("iam", pipeline.keys)
    own, trust = (
        {"RoleName": "port-byollm-prod"},
        json.dumps(company.printed("prod", "--trust", "github", "--repository", REPOSITORY)),
    )
    for call, arguments in (
        (iam.attach_role_policy, own | {"PolicyArn": ADMIN}),
        (iam.attach_role_policy, {"RoleName": pipeline.role, "PolicyArn": ADMIN}),
        (iam.put_role_policy, own | {"PolicyName": "more", "PolicyDocument": json.dumps(ANYTHING)}),
        (iam.create_role, own | {"AssumeRolePolicyDocument": trust}),
        (iam.create_role, own | {"AssumeRolePolicyDocument": trust, "PermissionsBoundary": ADMIN}),
        (
            iam.create_role,
            {"RoleName": "admin", "AssumeRolePolicyDocument": trust, "PermissionsBoundary": BOUNDARY},
        ),
        (iam.update_assume_role_policy, {"RoleName": pipeline.role, "PolicyDocument": trust}),
    ):
        with pytest.raises(ClientError, match=f"{pipeline.caller} is not authorized to perform: iam:"):
            call(**arguments)
    assert everything(company) == before


def test_a_role_is_for_its_own_pipeline_of_its_own_repository(company: Company) -> None:
    company.configure("prod", BEDROCK)
    pipelines = [company.pipeline("prod", purpose) for purpose in ("deploy", "preview", "drift")]
    tokens = [one.claims for one in pipelines]
    tokens += [
        {**claims, "sub": claims["sub"].replace(ours, theirs)}
        for claims in tokens
        for ours, theirs in ((REPOSITORY, "acme/other"), (REPOSITORY, "evil/platform"), (":prod", ":dev"))
    ]
    tokens += [{**pipelines[0].claims, "ref": ref} for ref in ("refs/pull/7/merge", "refs/heads/feature")]

    for pipeline in pipelines:
        assert pipeline.keys
        for claims in tokens:
            if claims != pipeline.claims:
                with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIden"):
                    company.signed_in(pipeline.arn, **claims)
