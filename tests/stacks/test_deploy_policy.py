"""A pipeline that may do what `port-byollm deploy-policy` prints, and nothing else, looks after stacks."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from port_byollm.cli.access_keys import stray_keys
from port_byollm.cli.verify.aws import Aws
from port_byollm.iam.evaluator import Request, evaluate
from port_byollm.proof import Unknown

from .conftest import COMMAND, Local
from .environment import Sandbox, copy_of_project

ACCOUNT = "111122223333"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/platform-boundary"
PROVIDER = "token.actions.githubusercontent.com"
REPOSITORY = "acme/platform"
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

Keys = Mapping[str, str]


@dataclass
class Company:
    """One account with a boundary and GitHub as an identity provider, and one organisation."""

    sandbox: Sandbox
    port: Keys

    def configure(self, stack: str, bedrock: Mapping[str, Any], **sections: Any) -> None:
        target = {"awsAccountId": ACCOUNT, "portOrganization": "acme"}
        self.sandbox.configure(stack, target=target, bedrock=bedrock, **sections)

    def printed(self, stack: str, *options: str) -> Any:
        """What `deploy-policy` prints."""
        done = self.sandbox.run(COMMAND, "deploy-policy", "--stack", stack, *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def pipeline(self, stack: str, purpose: str, policy: Any = None) -> Keys:
        """Credentials of the pipeline for `purpose`, signed in with GitHub's token."""
        role = f"arn:aws:iam::{ACCOUNT}:role/{self.make_role(stack, purpose, policy)}"
        subject = {
            "deploy": f"environment:{stack}",
            "preview": "pull_request",
            "drift": "ref:refs/heads/main",
        }
        return self.signed_in(role, sub=f"repo:{REPOSITORY}:{subject[purpose]}", ref="refs/heads/main")

    def make_role(self, stack: str, purpose: str, policy: Any = None) -> str:
        """The role of a pipeline, as its administrator makes it of what is printed."""
        name = f"{stack}-{purpose}"
        trust = self.printed(stack, "--for", purpose, "--trust", "github", "--repository", REPOSITORY)
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        document = policy or self.printed(stack, "--for", purpose)
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        self.iam.attach_role_policy(RoleName=name, PolicyArn=made["Policy"]["Arn"])
        return name

    def signed_in(self, role: str, **claims: str) -> Keys:
        claims = {"iss": f"https://{PROVIDER}", "aud": "sts.amazonaws.com", **claims}
        token = f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.c2ln"
        session = self.sandbox.client("sts", {}).assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="pipeline", WebIdentityToken=token
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def runs(self, verb: str, stack: str, keys: Keys, *options: str) -> str:
        done = self.sandbox.pulumi(verb, stack, keys, self.port, options=options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def iam(self) -> Any:
        return self.sandbox.client("iam", {})

    def asked(self, keys: Keys) -> Iterator[tuple[Request, str]]:
        """What AWS was asked with these credentials, and what it decided."""
        arn = self.sandbox.client("sts", keys).get_caller_identity()["Arn"]
        url = f"{self.sandbox.local.sandbox()['aws']['endpointUrl']}/_sandbox/authorizations"
        for one in httpx.get(url).json()["authorizations"]:
            decision = one.pop("decision")
            if one["principal"] == arn:
                yield Request(**one), decision


@pytest.fixture
def company(local: Local, tmp_path: Path) -> Company:
    sandbox = Sandbox(local, copy_of_project(tmp_path))
    company = Company(sandbox, sandbox.organization("acme")["admin"])
    company.iam.create_open_id_connect_provider(Url=f"https://{PROVIDER}", ClientIDList=["sts.amazonaws.com"])
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
