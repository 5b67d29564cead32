"""Which pipelines may be which role, decided as STS decides it."""

import pytest

from port_byollm.errors import ConfigError
from port_byollm.iam.deploy_policy import Purpose
from port_byollm.iam.evaluator import Request, evaluate
from port_byollm.iam.oidc_trust import GITHUB, GITLAB, Pipelines, github_trust, gitlab_trust

ACCOUNT = "111122223333"
REPOSITORY = Pipelines("acme/platform")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/prod-deploy"


def admits(trust: dict[str, object], host: str, **claims: str) -> bool:
    request = Request(
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}",
        "sts:AssumeRoleWithWebIdentity",
        ROLE,
        {f"{host}:{name}": value for name, value in claims.items()},
    )
    return evaluate(request, identity_policies=[], resource_policy=trust).allowed


DEPLOY = "repo:acme/platform:environment:prod"
PULL_REQUEST = "repo:acme/platform:pull_request"
NIGHT = "repo:acme/platform:ref:refs/heads/main"


@pytest.mark.parametrize(
    ("purpose", "admitted"),
    [(Purpose.DEPLOY, DEPLOY), (Purpose.PREVIEW, PULL_REQUEST), (Purpose.DRIFT, NIGHT)],
)
def test_github_each_role_is_for_one_subject(purpose: Purpose, admitted: str) -> None:
    trust = github_trust(ACCOUNT, REPOSITORY, purpose, "prod").to_dict()

    def may(subject: str, ref: str = "refs/heads/main", aud: str = "sts.amazonaws.com") -> bool:
        return admits(trust, GITHUB, sub=subject, ref=ref, aud=aud)

    subjects = [DEPLOY, PULL_REQUEST, NIGHT, "repo:acme/platform:ref:refs/heads/feature"]
    foreign = [
        subject.replace(ours, theirs)
        for subject in subjects
        for ours, theirs in (("acme/", "evil/"), ("platform", "platform-fork"), ("prod", "dev"))
        if ours in subject
    ]
    assert [subject for subject in [*subjects, *foreign] if may(subject)] == [admitted]
    assert not may(admitted, aud="https://github.com/acme")


def test_github_deploys_from_the_one_branch_though_the_subject_names_none() -> None:
    trust = github_trust(ACCOUNT, REPOSITORY, Purpose.DEPLOY, "prod").to_dict()
    audience = {"sub": DEPLOY, "aud": "sts.amazonaws.com"}

    assert admits(trust, GITHUB, **audience, ref="refs/heads/main")
    assert not admits(trust, GITHUB, **audience, ref="refs/heads/feature")
    assert not admits(trust, GITHUB, **audience, ref="refs/pull/7/merge")
    assert not admits(trust, GITHUB, **audience)


def test_github_subjects_with_ids_are_taken_as_they_are() -> None:
    trust = github_trust(ACCOUNT, Pipelines("acme@12/platform@34"), Purpose.PREVIEW).to_dict()

    assert admits(trust, GITHUB, sub="repo:acme@12/platform@34:pull_request", aud="sts.amazonaws.com")
    assert not admits(trust, GITHUB, sub=PULL_REQUEST, aud="sts.amazonaws.com")


BRANCH = "project_path:acme/platform:ref_type:branch:ref:"


@pytest.mark.parametrize(
    ("purpose", "admitted"),
    [(Purpose.DEPLOY, ["main"]), (Purpose.PREVIEW, ["main", "feature/x"]), (Purpose.DRIFT, ["main"])],
)
def test_gitlab_only_previews_are_for_every_branch(purpose: Purpose, admitted: list[str]) -> None:
    trust = gitlab_trust(ACCOUNT, REPOSITORY, purpose).to_dict()

    def may(subject: str, aud: str = "https://gitlab.com") -> bool:
        return admits(trust, GITLAB, sub=subject, aud=aud)

    assert [branch for branch in ("main", "feature/x") if may(BRANCH + branch)] == admitted
    assert not may(BRANCH.replace("acme", "evil") + "main")
    assert not may(BRANCH.replace("branch", "tag") + "main")
    assert not may(BRANCH + "main", aud="https://evil.example")


def test_gitlab_of_ones_own_has_its_own_provider() -> None:
    trust = gitlab_trust(ACCOUNT, REPOSITORY, Purpose.DEPLOY, "git.acme.example").to_dict()

    claims = {"sub": f"{BRANCH}main", "aud": "https://git.acme.example"}
    assert admits(trust, "git.acme.example", **claims)
    assert not admits(trust, GITLAB, **claims)


@pytest.mark.parametrize(
    "repository", ["*", "acme/*", "acme", "acme/platform:*", "acme@1/platform", "", "a?/b"]
)
def test_refuses_more_than_one_repository(repository: str) -> None:
    for make in (github_trust, gitlab_trust):
        with pytest.raises(ConfigError, match="--repository"):
            make(ACCOUNT, Pipelines(repository), Purpose.PREVIEW)


@pytest.mark.parametrize("branch", ["*", "release/*", "", "main:x", "/main"])
def test_refuses_more_than_one_branch(branch: str) -> None:
    for make in (github_trust, gitlab_trust):
        with pytest.raises(ConfigError, match="--branch"):
            make(ACCOUNT, Pipelines("acme/platform", branch), Purpose.DRIFT)


@pytest.mark.parametrize("environment", [None, "*", "prod*", "prod:ref:x"])
def test_refuses_more_than_one_environment(environment: str | None) -> None:
    with pytest.raises(ConfigError, match="--environment"):
        github_trust(ACCOUNT, REPOSITORY, Purpose.DEPLOY, environment)


@pytest.mark.parametrize("host", ["*", "https://gitlab.com", "gitlab.com/evil", "localhost"])
def test_refuses_what_is_no_host(host: str) -> None:
    with pytest.raises(ConfigError, match="--gitlab-host"):
        gitlab_trust(ACCOUNT, REPOSITORY, Purpose.DEPLOY, host)
