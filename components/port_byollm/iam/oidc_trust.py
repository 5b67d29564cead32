"""The trust policies of the roles that CI pipelines assume with their own tokens (OpenID Connect).

Each role admits pipelines of one repository, for one purpose: deployment from one branch, previews of pull
requests, or the nightly drift check. No access key is stored anywhere.

Sources: GitHub, "OpenID Connect reference"; GitLab, "OpenID Connect (OIDC) Authentication Using ID Tokens";
IAM User Guide, "Available keys for AWS OIDC federation" (GitHub's `ref`).
"""

import re
from dataclasses import dataclass

from port_byollm.errors import ConfigError
from port_byollm.iam import arns
from port_byollm.iam.deploy_policy import Purpose
from port_byollm.iam.documents import PolicyDocument, Statement, Values

GITHUB = "token.actions.githubusercontent.com"
GITLAB = "gitlab.com"

_GITHUB_AUDIENCE = "sts.amazonaws.com"
# Subjects of repositories that were created or renamed since July 2026 contain both ids.
_GITHUB_REPOSITORY = re.compile(r"[A-Za-z0-9-]+(?:/[A-Za-z0-9._-]+|@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)")
_GITLAB_PROJECT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?")
# A subset of what git accepts (git-check-ref-format), without wildcards and the separator of subjects.
_BRANCH = re.compile(r"(?!/)[A-Za-z0-9_+=,.@#/-]+(?<!/)")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Pipelines:
    """The pipelines of one repository, and the branch whose commits they deploy."""

    repository: str
    """As in tokens' subjects: `owner/name` or `owner@123/name@456` (GitHub), `group/…/project` (GitLab)."""
    branch: str = "main"


def github_trust(
    account: str, pipelines: Pipelines, purpose: Purpose, environment: str | None = None
) -> PolicyDocument:
    """Return the trust policy for GitHub workflows. Deploying requires `environment`, which has reviewers.

    Raises ConfigError if repository, branch or environment is not a valid name in GitHub.
    """
    _check(
        _GITHUB_REPOSITORY,
        "--repository",
        pipelines.repository,
        "one repository, as acme/platform or acme@123/platform@456",
    )
    _check(_BRANCH, "--branch", pipelines.branch, "one branch, as main")
    repository, ref = f"repo:{pipelines.repository}", f"refs/heads/{pipelines.branch}"
    keys: dict[str, Values] = {f"{GITHUB}:aud": _GITHUB_AUDIENCE}
    match purpose:
        case Purpose.DEPLOY:
            _check(_ENVIRONMENT, "--environment", environment or "", "one environment, as prod")
            # The subject of a job with an environment does not contain its branch.
            keys |= {f"{GITHUB}:sub": f"{repository}:environment:{environment}", f"{GITHUB}:ref": ref}
        case Purpose.PREVIEW:
            keys[f"{GITHUB}:sub"] = f"{repository}:pull_request"
        case Purpose.DRIFT:
            keys[f"{GITHUB}:sub"] = f"{repository}:ref:{ref}"
    return _document(account, GITHUB, {"StringEquals": keys})


def gitlab_trust(account: str, pipelines: Pipelines, purpose: Purpose, host: str = GITLAB) -> PolicyDocument:
    """Return the trust policy for GitLab pipelines. AWS does not see their environment: protect the branch.

    The pipeline of a merge request has its own branch in the subject, whatever its name. A fork's pipeline
    has the fork's project path.

    Raises ConfigError if project, branch or host is not a valid name in GitLab, or contains a wildcard.
    """
    _check(_GITLAB_PROJECT, "--repository", pipelines.repository, "one project, as acme/platform")
    _check(_BRANCH, "--branch", pipelines.branch, "one branch, as main")
    _check(_HOST, "--gitlab-host", host, "the host of a GitLab, as gitlab.com")
    of_branches = f"project_path:{pipelines.repository}:ref_type:branch:ref:"
    audience: dict[str, Values] = {f"{host}:aud": f"https://{host}"}
    if purpose is Purpose.PREVIEW:
        any_branch: dict[str, Values] = {f"{host}:sub": f"{of_branches}*"}
        return _document(account, host, {"StringEquals": audience, "StringLike": any_branch})
    return _document(
        account, host, {"StringEquals": {**audience, f"{host}:sub": of_branches + pipelines.branch}}
    )


def _document(account: str, host: str, condition: dict[str, dict[str, Values]]) -> PolicyDocument:
    if not arns.is_account(account):
        raise ConfigError("account_id", f"{account!r} is not an AWS account id", "give its 12 digits")
    return PolicyDocument(
        (
            Statement(
                sid="AssumeByPipeline",
                federated=str(arns.Arn("aws", "iam", "", account, f"oidc-provider/{host}")),
                action="sts:AssumeRoleWithWebIdentity",
                condition=condition,
            ),
        )
    )


def _check(pattern: re.Pattern[str], field: str, value: str, expected: str) -> None:
    if not pattern.fullmatch(value):
        raise ConfigError(field, f"{value!r} does not name {expected}", "name exactly one, without wildcards")
