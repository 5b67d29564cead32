"""Pipelines sign in with their own tokens, each to the role whose printed trust policy is for it."""

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from port_byollm.iam.deploy_policy import Purpose
from port_byollm.iam.oidc_trust import GITHUB, GITLAB, Pipelines, github_trust, gitlab_trust

from .conftest import ACCOUNT

DEPLOY = {
    "iss": f"https://{GITHUB}",
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/platform:environment:prod",
    "ref": "refs/heads/main",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/prod-deploy"


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def sign_in(sts: Any, given: str, role: str = ROLE) -> str:
    """The role session's ARN, or the code of the refusal."""
    try:
        answer = sts.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="pipeline", WebIdentityToken=given
        )
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(answer["AssumedRoleUser"]["Arn"])


@pytest.fixture
def github(iam: Any) -> None:
    iam.create_open_id_connect_provider(Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"])
    trust = github_trust(ACCOUNT, Pipelines("acme/platform"), Purpose.DEPLOY, "prod")
    iam.create_role(RoleName="prod-deploy", AssumeRolePolicyDocument=trust.to_json())


def test_the_deploying_job_signs_in(github: None, sts: Any) -> None:
    said = sign_in(sts, token(**DEPLOY, exp=time.time() + 60))

    assert said == f"arn:aws:sts::{ACCOUNT}:assumed-role/prod-deploy/pipeline"


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "repo:acme/platform:pull_request", "ref": "refs/pull/7/merge"},
        {"ref": "refs/heads/feature"},
        {"sub": "repo:acme/other:environment:prod"},
        {"sub": "repo:evil/platform:environment:prod"},
        {"sub": "repo:acme/platform:environment:dev"},
        {"sub": "repo:acme/platform:ref:refs/heads/main"},
    ],
)
def test_no_pull_request_branch_repository_or_environment_but_its_own(
    github: None, sts: Any, claims: dict[str, str]
) -> None:
    assert sign_in(sts, token(**DEPLOY | claims)) == "AccessDenied"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (token(**DEPLOY | {"iss": "https://evil.example"}), "InvalidIdentityToken"),
        (token(**DEPLOY | {"aud": "somebody-else"}), "InvalidIdentityToken"),
        (token(**DEPLOY, exp=1), "ExpiredTokenException"),
        ("not.a-token", "InvalidIdentityToken"),
        ("notatoken", "InvalidIdentityToken"),
    ],
)
def test_no_other_issuer_audience_time_or_form(github: None, sts: Any, given: str, code: str) -> None:
    assert sign_in(sts, given) == code


def test_a_role_that_is_not_there_is_not_assumed(github: None, sts: Any) -> None:
    assert sign_in(sts, token(**DEPLOY), f"{ROLE}-2") == "AccessDenied"


def test_gitlab_admits_merge_requests_to_previews_alone(iam: Any, sts: Any) -> None:
    iam.create_open_id_connect_provider(Url=f"https://{GITLAB}", ClientIDList=[f"https://{GITLAB}"])
    for purpose in (Purpose.DEPLOY, Purpose.PREVIEW):
        trust = gitlab_trust(ACCOUNT, Pipelines("acme/platform"), purpose).to_json()
        iam.create_role(RoleName=purpose.value, AssumeRolePolicyDocument=trust)
    of_merge_request = token(
        iss=f"https://{GITLAB}",
        aud=f"https://{GITLAB}",
        sub="project_path:acme/platform:ref_type:branch:ref:feature",
    )

    assert sign_in(sts, of_merge_request, f"arn:aws:iam::{ACCOUNT}:role/deploy") == "AccessDenied"
    assert sign_in(sts, of_merge_request, f"arn:aws:iam::{ACCOUNT}:role/preview").startswith("arn:")
