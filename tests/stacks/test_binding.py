"""Two AWS accounts, two organizations, and stacks that must not be mixed up."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from tests.project import copy_of_project

from port_byollm.cli.__main__ import main
from port_byollm_sandbox.port_emulator.organizations import Credential

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
NAME = "port-byollm-prod"


@dataclass(frozen=True)
class Wrong:
    """A pairing of credentials that a stack must refuse, and the two sides that it names: one pair of them is
    enough."""

    credentials: Sequence[Mapping[str, str]]
    sides: Sequence[tuple[str, str]]

    def is_named_in(self, said: str) -> bool:
        return any(one in said and other in said for one, other in self.sides)


@dataclass(frozen=True)
class Company:
    """The accounts 1111… and 2222…, and the organizations acme and globex."""

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

    @property
    def wrong(self) -> Mapping[str, Wrong]:
        """What a stack of 1111… and acme refuses."""
        acme, globex = self.acme["admin"], self.globex["admin"]
        accounts, organizations = ("111122223333", "222233334444"), ("globex", "acme")
        elsewhere = {"PORT_BASE_URL": "https://api.us.port.io"}
        return {
            "account": Wrong((self.second, acme), [accounts]),
            "organization": Wrong((self.first, globex), [organizations]),
            "host": Wrong((self.first, acme, elsewhere), [("api.us.port.io", "127.0.0.1")]),
            "both": Wrong((self.second, globex), [accounts, organizations]),
        }

    def written(self, refused: bool = False) -> tuple[Any, Any]:
        """All that a wrong pairing must leave alone."""
        return self.sandbox.iam(*self.accounts), self.sandbox.writes(refused)

    def refuses(self, pairing: str, verb: str, stack: str, *more: Mapping[str, str]) -> None:
        """That the engine ends with both sides named, and nothing written."""
        before, wrong = self.written(refused=True), self.wrong[pairing]
        done = self.sandbox.pulumi(verb, stack, *wrong.credentials, *more)
        assert done.returncode, (pairing, verb, stack, done.stdout)
        assert wrong.is_named_in(done.stdout), (pairing, verb, stack, done.stdout)
        assert self.written(refused=True) == before, (pairing, verb, stack)


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
    for pairing in company.wrong:
        company.refuses(pairing, "up", "prod")
    sandbox.pulumi("up", "prod", *right).check_returncode()
    longer = {**BEDROCK, "role": {"maxSessionDuration": 7200}}
    sandbox.configure("prod", target=_target(), bedrock=longer, defaults=DEFAULTS)
    for pairing, wrong in company.wrong.items():
        for verb in ("up", "destroy", "refresh"):
            company.refuses(pairing, verb, "prod")
        before = company.written()
        previewed = sandbox.pulumi("preview", "prod", *wrong.credentials)
        assert previewed.returncode == 0, (pairing, previewed.stdout)
        assert wrong.is_named_in(previewed.stdout), (pairing, previewed.stdout)
        assert company.written() == before, pairing
    sandbox.pulumi("destroy", "prod", *right).check_returncode()
    assert [one["RoleDetailList"] for one in sandbox.iam(*company.accounts)] == [[], []]


def test_what_needs_no_update_is_held_to_the_target_too(
    company: Company, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox, right = company.sandbox, (company.first, company.acme["admin"])
    configuration = sandbox.project / "stacks/Pulumi.prod.yaml"

    def refuses(pairing: str, *command: str) -> None:
        before, file = company.written(refused=True), configuration.read_text()
        wrong = company.wrong[pairing]
        with monkeypatch.context() as patch:  # in this process: each would wait for its imports
            patch.chdir(sandbox.project)
            for variables in (sandbox.environment, *wrong.credentials):
                for name, value in variables.items():
                    patch.setenv(name, value)
            done = CliRunner().invoke(main, [*command, "--stack", "prod"])
        said = done.output + "".join(capfd.readouterr())
        assert done.exit_code == 1, (pairing, command, said)
        assert wrong.is_named_in(said), (pairing, command, said)
        assert company.written(refused=True) == before, (pairing, command)
        assert configuration.read_text() == file

    def deploy(**bedrock: Any) -> None:
        sandbox.configure("prod", target=_target(), bedrock={**BEDROCK, **bedrock}, defaults=DEFAULTS)
        sandbox.pulumi("up", "prod", *right).check_returncode()

    deploy()
    for pairing in company.wrong:
        refuses(pairing, "rotate", "external-id", "--yes")
        refuses(pairing, "adopt", "--yes")
    deploy(auth="access-keys")
    # Keys that no state has: a rotation would ask for their place.
    sandbox.client("iam", company.second).create_user(UserName=NAME)
    for account in company.accounts:
        sandbox.client("iam", account).create_access_key(UserName=NAME)
    for pairing in company.wrong:
        refuses(pairing, "rotate", "access-key", "--yes")
    # Of these, one needs AWS alone, the other has Port save its registrations, and changes nothing in AWS.
    for pairing in ("account", "both"):
        refuses(pairing, "revoke", "--yes")
    _register_bedrock(company)
    for pairing in ("organization", "host", "both"):
        refuses(pairing, "diagnose", "--test")


def _register_bedrock(company: Company) -> None:
    """In globex, for a test of the connection to save."""
    port = company.sandbox.local.port_sandbox.client(Credential(*company.globex["admin"].values()))
    secret = {"secretName": "external-id", "secretValue": "of globex"}
    port.post("/v1/organization/secrets", json=secret).raise_for_status()
    role = f"arn:aws:iam::222233334444:role/{NAME}"
    config = {"roleArn": role, "externalIdSecretName": "external-id", "region": "eu-west-1"}
    registration = {"config": config, "enabled": True}
    port.put("/v1/llm-providers/bedrock", json=registration).raise_for_status()


def test_a_member_fails_before_anything_is_written(company: Company) -> None:
    sandbox, before = company.sandbox, company.written()
    sandbox.configure("prod", target=_target(), bedrock=BEDROCK, defaults=DEFAULTS)
    previewed = sandbox.pulumi("preview", "prod", company.first, company.acme["member"])
    assert previewed.returncode == 0
    assert "needs an organization admin" in previewed.stdout
    done = sandbox.pulumi("up", "prod", company.first, company.acme["member"])
    assert done.returncode
    assert "needs an organization admin" in done.stdout
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

    # Of the three verbs another one for each stack, and all of them for each pairing.
    for first, pairing in enumerate(company.wrong):
        for number, thing in enumerate(("bedrock", "openai", "defaults")):
            company.refuses(pairing, ("refresh", "up", "destroy")[(first + number) % 3], thing, key)

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

    # The same things in another organization are nobody's.
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
    assert company.sandbox.writes() == []
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
