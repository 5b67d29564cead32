"""What is put together of a stack: configuration, state or preview, Port and AWS."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.verify import deployed as deployed_module
from port_byollm.cli.verify import planned as planned_module
from port_byollm.cli.verify.deployed import deployed
from port_byollm.cli.verify.evidence import Evidence
from port_byollm.cli.verify.handover import Planned, PlannedConnection, PlannedIdentity, PlannedPolicy
from port_byollm.cli.verify.planned import planned
from port_byollm.cli.verify.promise import Given, Registration
from port_byollm.errors import PortByollmError
from port_byollm.proof import Role, Unknown, prove

from .conftest import ACCOUNT, EXTERNAL_ID, REGION, ROLE_ARN, SONNET, allowing, invoke_policy, trust_policy

GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
IDENTITY = PlannedIdentity(
    "urn:pulumi:prod::program::aws:iam/role:Role::gateway",
    "role",
    "/",
    "gateway",
    json.dumps(trust_policy(EXTERNAL_ID)),
    [PlannedPolicy("invoke", json.dumps(invoke_policy()))],
    None,
    [],
    None,
)
CONFIG: dict[str, str | None] = {"roleArn": None, "externalIdSecretName": "ID", "region": REGION}
FOUND = PlannedConnection(CONFIG, [SONNET, "gpt-5"], IDENTITY, EXTERNAL_ID, [])


@dataclass(frozen=True)
class FakeStack(Stack):
    """A stack without an engine."""

    settings: dict[str, Any] = field(default_factory=dict)
    state: list[dict[str, Any]] = field(default_factory=list)
    decrypts: bool = True

    def config(self) -> dict[str, Any]:
        return self.settings

    def resources(self, show_secrets: bool = False) -> list[dict[str, Any]]:
        if show_secrets and not self.decrypts:
            raise PortByollmError("incorrect passphrase")
        return self.state

    @contextmanager
    def environment(self) -> Iterator[None]:
        yield


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def plan(
    monkeypatch: pytest.MonkeyPatch,
    found: PlannedConnection | None = FOUND,
    given: Given = Given(),  # noqa: B008 (it is frozen)
    settings: dict[str, Any] | None = None,
) -> Evidence:
    monkeypatch.setattr(planned_module, "preview", lambda stack: Planned(found, []))
    return planned(FakeStack("prod", settings=settings or {}), given)


def holds(evidence: Evidence) -> bool | None:
    return prove(evidence.subject((), ())).holds


def identity(**changes: Any) -> PlannedConnection:
    return replace(FOUND, identity=replace(IDENTITY, **changes))


def test_a_preview_that_knows_everything(aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = plan(monkeypatch)

    assert (evidence.identity.arn, evidence.account) == (ROLE_ARN, ACCOUNT)
    assert [model.name for model in evidence.promise.models] == [SONNET]
    assert evidence.promise.gateways == GATEWAY_PRINCIPALS
    assert evidence.aws is None
    assert holds(evidence) is True


def test_a_model_that_port_has_added_since_is_not_passed(
    aws: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = plan(monkeypatch, replace(FOUND, models=[SONNET, "gpt-5", "claude-next-9"]))
    assert evidence.promise.unknown_models == ("claude-next-9",)
    assert holds(evidence) is None


def test_the_account_is_that_of_the_configuration(aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
    target = {"awsAccountId": "333344445555", "portOrganization": "acme"}
    evidence = plan(monkeypatch, settings={"byollm:target": target})

    assert evidence.account == "333344445555"


def test_the_configuration_and_the_command_line_say_what_is_promised(
    aws: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = {"geography": "global", "scope": "documented", "models": "all"}
    settings = {"byollm:bedrock": section, "byollm:dataResidency": "eu"}

    configured = plan(monkeypatch, settings=settings).promise
    assert (configured.geography, configured.scope, configured.all_models) == ("global", "documented", True)
    assert [*configured.gateways] == ["eu"]

    said = plan(monkeypatch, given=Given("eu", "pinned", "us"), settings=settings).promise
    assert (said.geography, said.scope, [*said.gateways]) == ("eu", "pinned", ["us"])


@pytest.mark.parametrize(
    "found",
    [
        identity(trust_policy=None),
        identity(name=None),
        identity(policies=[PlannedPolicy("invoke", None)]),
        identity(policies=[*IDENTITY.policies, PlannedPolicy("an attached policy", None)]),
        identity(boundary=PlannedPolicy("edge", None)),
        identity(elsewhere=["arn:aws:iam::111122223333:policy/gone"]),
        replace(FOUND, external_id=None),
        replace(FOUND, previous=[None]),
        replace(FOUND, identity=None),
        replace(FOUND, config=CONFIG | {"guardrailIdentifier": None}),
    ],
)
def test_what_is_not_known_yet_is_not_passed(
    aws: object, monkeypatch: pytest.MonkeyPatch, found: PlannedConnection
) -> None:
    assert holds(plan(monkeypatch, found)) is None


def test_without_credentials_the_account_is_unknown(
    aws: object, no_credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = plan(monkeypatch)

    assert isinstance(evidence.account, Unknown)
    assert isinstance(evidence.identity.arn, Unknown)
    assert holds(evidence) is None


def test_what_is_there_already_is_read_from_aws(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arns = [
        iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(allowing(action)))["Policy"]["Arn"]
        for name, action in (("edge", "*"), ("read", "s3:GetObject"))
    ]

    evidence = plan(monkeypatch, identity(boundary_elsewhere=arns[0], elsewhere=arns[1:]))

    assert evidence.identity.boundary is not None
    assert evidence.identity.boundary.document == allowing("*")
    assert [policy.name for policy in evidence.identity.policies] == ["invoke", "read"]
    assert holds(evidence) is False  # it may read objects


def make_role(iam: Any) -> None:
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=json.dumps(trust_policy(EXTERNAL_ID)))
    iam.put_role_policy(RoleName="gateway", PolicyName="in", PolicyDocument=json.dumps(invoke_policy()))


def test_a_role_that_is_not_the_stacks_is_read_from_aws(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_role(iam)

    evidence = plan(monkeypatch, replace(FOUND, identity=None, config=CONFIG | {"roleArn": ROLE_ARN}))

    assert holds(evidence) is True


def test_the_guardrail_of_the_registration(aws: object, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, str | None] = {"guardrailIdentifier": "gr7ac3dm1n0x", "guardrailVersion": "2"}

    guardrail = plan(monkeypatch, replace(FOUND, config=CONFIG | given)).subject((), ()).guardrail

    assert guardrail is not None
    assert not isinstance(guardrail, Unknown)
    assert (guardrail.arn, guardrail.version) == (GUARDRAIL, "2")


def test_a_registration_without_an_external_id_does_not_hold(
    aws: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {key: value for key, value in CONFIG.items() if key != "externalIdSecretName"}
    found = replace(identity(trust_policy=json.dumps(trust_policy())), config=config, external_id=None)

    assert holds(plan(monkeypatch, found)) is False


def test_an_update_without_bedrock(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PortByollmError, match="would not connect Bedrock"):
        plan(monkeypatch, None)


STATE = [
    {
        "urn": "urn:1",
        "type": "port-byollm:index:Secret",
        "outputs": {"secretName": "ID", "secretValue": {"plaintext": json.dumps(EXTERNAL_ID)}},
    },
    {
        "urn": "urn:2",
        "type": "port-byollm:index:LlmProvider",
        "outputs": {
            "provider": "bedrock",
            "config": {"roleArn": ROLE_ARN, "externalIdSecretName": "ID", "region": REGION},
            "effectiveModels": [SONNET],
        },
    },
]


def test_without_port_the_state_says_what_is_registered(iam: Any) -> None:
    make_role(iam)

    evidence = deployed(FakeStack("dev", state=STATE), Given())

    assert holds(evidence) is True
    assert evidence.aws is not None
    assert any(
        "Port could not be asked (port-byollm:baseUrl: is not set" in " ".join(note.split())
        for note in evidence.notes
    )


def test_what_port_has_comes_before_the_state(iam: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_role(iam)
    at_port = Registration({"roleArn": ROLE_ARN, "externalIdSecretName": "OTHER", "region": REGION}, [])
    monkeypatch.setattr(deployed_module, "_registered", lambda stack, config: at_port)

    evidence = deployed(FakeStack("dev", state=STATE), Given())

    role = evidence.subject((), ()).identity
    assert isinstance(role, Role)
    [external_id] = role.external_ids
    assert isinstance(external_id.value, Unknown)
    assert evidence.promise.models == ()


def test_a_state_that_cannot_be_decrypted_leaves_the_external_id_unknown(iam: Any) -> None:
    make_role(iam)
    hidden = {"outputs": {"secretName": "ID", "secretValue": {"ciphertext": "v1:…"}}}

    evidence = deployed(FakeStack("dev", state=[STATE[0] | hidden, STATE[1]], decrypts=False), Given())

    assert holds(evidence) is None
    assert any("incorrect passphrase" in note for note in evidence.notes)


def test_without_credentials_what_is_deployed_is_unknown(aws: object, no_credentials: None) -> None:
    assert holds(deployed(FakeStack("dev", state=STATE), Given())) is None
