"""Two AWS accounts, two organisations, and stacks that must not be mixed up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.project import copy_of_project

from .conftest import COMMAND, PROJECT, Local
from .environment import Sandbox

PAGE = (PROJECT / "docs/binding.md").read_text()
# The page's examples: one stack, and the targets of three.
PROD, TARGETS = (
    yaml.safe_load(re.sub("^byollm:target", "- byollm:target", block, flags=re.MULTILINE))
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
)
BEDROCK: dict[str, Any] = PROD["config"]["byollm:bedrock"]
DEFAULTS: dict[str, Any] = PROD["config"]["byollm:defaults"]


@dataclass(frozen=True)
class Company:
    """The accounts 1111… and 2222…, and the organisations acme and globex."""

    sandbox: Sandbox
    accounts: tuple[Mapping[str, str], Mapping[str, str]]
    acme: Mapping[str, Mapping[str, str]]
    globex: Mapping[str, Mapping[str, str]]

    @property
    def first(self) -> Mapping[str, str]:
        return self.accounts[0]

    @property
    def second(self) -> Mapping[str, str]:
        return self.accounts[1]

    def written(self, refused: bool = False) -> tuple[Any, Any]:
        """All that a wrong pairing must leave alone."""
        return self.sandbox.iam(*self.accounts), self.sandbox.writes(refused)


@pytest.fixture
def company(local: Local, tmp_path: Path) -> Company:
    sandbox = Sandbox(local, copy_of_project(tmp_path))
    return Company(
        sandbox,
        (sandbox.account("111122223333"), sandbox.account("222233334444")),
        sandbox.organization("acme"),
        sandbox.organization("globex"),
    )


def _target(account: str = "111122223333", organization: str = "acme", *manages: str) -> dict[str, Any]:
    return {
        "awsAccountId": account,
        "portOrganization": organization,
        "manages": [*manages] or ["bedrock", "defaults"],
    }


def test_every_wrong_pairing_fails_with_both_sides_named_and_nothing_written(company: Company) -> None:
    sandbox, right = company.sandbox, (company.first, company.acme["admin"])
    sandbox.configure("prod", target=PROD["config"]["byollm:target"], bedrock=BEDROCK, defaults=DEFAULTS)
    wrong = {
        "account": ((company.second, company.acme["admin"]), ("111122223333", "222233334444")),
        "organization": ((company.first, company.globex["admin"]), ("globex", "acme")),
        "both": ((company.second, company.globex["admin"]), ("111122223333", "222233334444")),
        "host": ((*right, {"PORT_BASE_URL": "https://api.us.port.io"}), ("api.us.port.io", "127.0.0.1")),
    }

    def fails(verb: str, name: str) -> None:
        before, (credentials, said) = company.written(refused=True), wrong[name]
        done = sandbox.pulumi(verb, "prod", *credentials)
        assert done.returncode, (name, verb, done.stdout)
        assert all(words in done.stdout for words in said), (name, verb, done.stdout)
        assert company.written(refused=True) == before, (name, verb)

    for name in wrong:
        fails("up", name)
    sandbox.pulumi("up", "prod", *right).check_returncode()
    longer = {**BEDROCK, "role": {"maxSessionDuration": 7200}}
    sandbox.configure("prod", target=_target(), bedrock=longer, defaults=DEFAULTS)
    for verb in ("up", "destroy", "refresh"):
        for name in ("account", "organization"):
            fails(verb, name)
    sandbox.pulumi("destroy", "prod", *right).check_returncode()
    assert [one["RoleDetailList"] for one in sandbox.iam(*company.accounts)] == [[], []]


def test_a_member_fails_before_anything_is_written(company: Company) -> None:
    sandbox, before = company.sandbox, company.written()
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    previewed = sandbox.pulumi("preview", "prod", company.first, company.acme["member"])
    assert previewed.returncode == 0
    assert "needs an organisation admin" in previewed.stdout
    done = sandbox.pulumi("up", "prod", company.first, company.acme["member"])
    assert done.returncode
    assert "needs an organisation admin" in done.stdout
    assert company.written() == before


def test_three_stacks_share_an_organization_and_a_second_owner_is_refused(company: Company) -> None:
    sandbox, credentials = company.sandbox, (company.first, company.acme["admin"])
    key = {"OPENAI_API_KEY": sandbox.environment["OPENAI_API_KEY"]}
    sections: dict[str, Any] = {
        "bedrock": BEDROCK,
        "openai": {"apiKeyEnv": "OPENAI_API_KEY"},
        "defaults": DEFAULTS,
    }
    for target in TARGETS:
        [thing] = target["byollm:target"]["manages"]
        sandbox.configure(thing, **sections, **target)
        done = sandbox.pulumi("up", thing, *credentials, key)
        assert done.returncode == 0, done.stdout

    before = company.written(refused=True)
    for manages in (["bedrock", "openai", "defaults"], ["openai"], ["defaults"]):
        thing = manages[0]
        sandbox.configure("other", target=_target("222233334444", "acme", *manages), **sections)
        done = sandbox.pulumi("up", "other", company.second, company.acme["admin"], key)
        assert done.returncode
        assert f"{thing} of this organization is managed by organization/byollm/{thing} of" in done.stdout
        assert "organization/byollm/other of AWS account 222233334444 would be its second" in done.stdout
        assert company.written(refused=True) == before
        previewed = sandbox.pulumi("preview", "other", company.second, company.acme["admin"], key)
        assert previewed.returncode == 0
        assert "would be its second owner" in previewed.stdout

    # The same things in another organisation are nobody's.
    sandbox.configure("other", target=_target("222233334444", "globex"), **sections)
    done = sandbox.pulumi("up", "other", company.second, company.globex["admin"])
    assert done.returncode == 0, done.stdout
    for stack in ("defaults", "openai", "bedrock"):
        sandbox.pulumi("destroy", stack, *credentials, key).check_returncode()
    assert sandbox.iam(company.first) == [
        {"UserDetailList": [], "RoleDetailList": [], "Policies": [], "GroupDetailList": []}
    ]


def test_a_thing_is_given_up_only_after_it_is_removed(company: Company) -> None:
    sandbox, credentials = company.sandbox, (company.first, company.acme["admin"])
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    sandbox.pulumi("up", "prod", *credentials).check_returncode()
    before = sandbox.writes()
    sandbox.configure("prod", target=_target("111122223333", "acme", "bedrock"), bedrock=BEDROCK)
    done = sandbox.pulumi("up", "prod", *credentials)
    assert done.returncode == 0, done.stdout
    assert sandbox.writes()[len(before) :] == [
        ("PUT", "/v1/llm-providers/defaults"),
        ("DELETE", "/v1/organization/secrets/port-byollm-owner-defaults"),
    ]
    again = sandbox.pulumi("up", "prod", *credentials)
    assert "unchanged" in again.stdout
    assert "replaced" not in again.stdout
    sandbox.pulumi("destroy", "prod", *credentials).check_returncode()


def test_what_another_stack_manages_is_not_adopted(company: Company) -> None:
    sandbox, credentials = company.sandbox, (company.first, company.acme["admin"])
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    sandbox.pulumi("up", "prod", *credentials).check_returncode()
    sandbox.configure("other", target=_target())
    sandbox.pulumi("preview", "other", *credentials).check_returncode()
    done = sandbox.run(COMMAND, "adopt", "--stack", "other", "--yes", credentials=credentials)
    for subject in ("bedrock", "the default"):
        assert f"Left out {subject}: it is managed by organization/byollm/prod of AWS account" in done.stdout
    assert "There is nothing to adopt" in done.stdout


def test_a_preview_with_borrowed_credentials_warns_of_both_sides(company: Company) -> None:
    sandbox = company.sandbox
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    done = sandbox.pulumi("preview", "prod", company.second, company.globex["admin"])
    assert done.returncode == 0, done.stdout
    assert "of AWS account 222233334444, not 111122223333" in done.stdout
    assert "organization globex" in done.stdout


def test_a_preview_needs_no_port_credentials_and_nothing_changed_asks_port_nothing(company: Company) -> None:
    sandbox = company.sandbox
    nobody = {"PORT_CLIENT_ID": "", "PORT_CLIENT_SECRET": ""}
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    assert sandbox.pulumi("preview", "prod", company.first, nobody).returncode == 0
    assert sandbox.local.requests() == []
    sandbox.pulumi("up", "prod", company.first, company.acme["admin"]).check_returncode()
    asked = len(sandbox.local.requests())
    for credentials in (company.acme["admin"], nobody):
        done = sandbox.pulumi("up", "prod", company.first, credentials)
        assert done.returncode == 0, done.stdout
        assert "unchanged" in done.stdout
        assert "created" not in done.stdout
        assert "updated" not in done.stdout
    assert len(sandbox.local.requests()) == asked


def test_a_stack_without_a_target_says_how_to_write_one(company: Company) -> None:
    company.sandbox.configure("prod", bedrock=BEDROCK)
    done = company.sandbox.pulumi("preview", "prod", company.first, company.acme["admin"])
    assert done.returncode
    assert "byollm:target: missing" in done.stdout
    assert "awsAccountId" in done.stdout


def test_nothing_is_adopted_from_another_organization(company: Company) -> None:
    sandbox = company.sandbox
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    sandbox.pulumi("preview", "prod", company.first, company.acme["admin"]).check_returncode()
    done = sandbox.run(COMMAND, "adopt", "--stack", "prod", credentials=(company.globex["admin"],))
    assert done.returncode
    assert "portOrganization: is acme, and the credentials in use are of Port's" in done.stdout + done.stderr
    assert "globex" in done.stdout + done.stderr
