"""The least that whoever runs Pulumi on a stack must be permitted in AWS.

Whoever may write a role's policies could give itself anything. So every statement names what the stack makes
by its exact name; an identity is made and given policies only under its permissions boundary; and only the
stack's own policies are attached. `sts:GetCallerIdentity` is called too, and needs no permission.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from port_byollm.errors import ConfigError
from port_byollm.iam import arns, provider_actions
from port_byollm.iam.documents import Condition, PolicyDocument, Statement, Values
from port_byollm.iam.invoke_policy import MAX_POLICY_SIZE

# No name that the vendors take has a wildcard, which here would be one.
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_BOUNDARY = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(?:[0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+")
_SECRET = re.compile(
    r"(?:arn:aws(?:-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@!-]+"
)
# What Secrets Manager appends to a secret's name in its ARN.
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")


class Purpose(Enum):
    """What Pulumi is run for."""

    DEPLOY = "deploy"
    """`up`, `preview`, `refresh`, `destroy`, and `port-byollm rotate`, `verify` and `audit record`."""
    PREVIEW = "preview"
    """`preview`, which runs the program and reads no resource, and `port-byollm verify --preview`."""
    DRIFT = "drift"
    """`refresh --preview-only`, which reads every resource and runs no program, and `port-byollm verify`."""


@dataclass(frozen=True)
class Identity:
    """The role or user that Port's gateway is to be."""

    kind: Literal["role", "user"]
    name: str
    boundary: str | None = None
    """ARN of its permissions boundary."""


@dataclass(frozen=True)
class Footprint:
    """What a stack makes in an AWS account, and what it reads there."""

    account: str
    region: str
    identity: Identity | None = None
    policies: tuple[str, ...] = ()
    """Names of the managed policies, each attached to the identity."""
    use_case: bool = False
    """Whether it hands in Anthropic's use-case form."""
    agreements: bool = False
    """Whether it makes agreements for models."""
    secrets: tuple[str, ...] = ()
    """Names or ARNs of the secrets in Secrets Manager whose values it reads."""

    def __post_init__(self) -> None:
        """Raises ConfigError for names that AWS refuses, and for a boundary that the stack could rewrite."""
        if not arns.is_account(self.account):
            raise ConfigError(
                "account_id", f"{self.account!r} is not an AWS account id", "give its 12 digits"
            )
        for secret in self.secrets:
            _check(_SECRET, "api_key_aws_secret_id", secret, "the name or ARN of a secret")
        boundary = None
        if self.identity:
            kind, boundary = self.identity.kind, self.identity.boundary
            _check(_NAME, f"{kind}_name", self.identity.name, f"the name of a {kind}")
        for name in self.policies:
            _check(_NAME, "policy_name", name, "the name of a policy")
        if boundary is None:
            return
        _check(_BOUNDARY, "permissions_boundary", boundary, "the ARN of a managed policy")
        if boundary in self.policy_arns:
            raise ConfigError(
                "permissions_boundary",
                f"{boundary} is a policy that the stack itself writes, and bounds nothing",
                "name one that whoever deploys cannot change",
            )

    @property
    def policy_arns(self) -> tuple[str, ...]:
        return tuple(self._iam("policy", name) for name in self.policies)

    @property
    def identity_arn(self) -> str:
        if self.identity is None:
            raise ValueError("the stack makes no identity")
        return self._iam(self.identity.kind, self.identity.name)

    @property
    def secret_arns(self) -> tuple[str, ...]:
        """Patterns, as far as Secrets Manager chooses a part."""
        return tuple(map(self._secret, self.secrets))

    def _iam(self, kind: str, name: str) -> str:
        return str(arns.Arn(arns.partition(self.region), "iam", "", self.account, f"{kind}/{name}"))

    def _secret(self, given: str) -> str:
        arn = given
        if not given.startswith("arn:"):
            partition = arns.partition(self.region)
            arn = str(arns.Arn(partition, "secretsmanager", self.region, self.account, f"secret:{given}"))
        elif _SUFFIX.search(given):
            return given
        return f"{arn}-??????"


def deploy_policies(footprint: Footprint, purpose: Purpose) -> list[PolicyDocument]:
    """Policies that together permit `purpose`, each within IAM's quota; none where nothing need be permitted.

    Raises ConfigError where one statement alone outgrows the quota.
    """
    statements = {Purpose.DEPLOY: _deploy, Purpose.PREVIEW: _preview, Purpose.DRIFT: _drift}[purpose]
    return _within_quota(statements(footprint))


def _check(pattern: re.Pattern[str], field: str, value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise ConfigError(field, f"{value!r} is not {what}", "write it without wildcards, as AWS has it")


def _deploy(made: Footprint) -> Iterator[Statement]:
    yield from _drift(made)
    if made.policies:
        yield Statement("WritePolicies", provider_actions.POLICY.write, made.policy_arns)
    if made.identity:
        yield from _identity(made, made.identity)
    if made.use_case:
        yield Statement("HandInUseCase", provider_actions.USE_CASE.write, "*")
    if made.agreements:
        yield _in_region(made, "WriteAgreements", provider_actions.AGREEMENT.write)
        yield Statement(
            "SubscribeThroughBedrock",
            provider_actions.MARKETPLACE,
            "*",
            condition={"StringEquals": {"aws:CalledViaLast": "bedrock.amazonaws.com"}},
        )
    yield from _program(made)


def _preview(made: Footprint) -> Iterator[Statement]:
    yield from _program(made)
    yield from _boundary(made)


def _drift(made: Footprint) -> Iterator[Statement]:
    if made.policies:
        yield Statement("ReadPolicies", provider_actions.POLICY.read, made.policy_arns)
    if made.identity:
        yield Statement("ReadIdentity", _of(made.identity).read, made.identity_arn)
    yield from _boundary(made)
    if made.use_case:
        yield Statement("ReadUseCase", provider_actions.USE_CASE.read, "*")
    if made.agreements:
        yield _in_region(made, "ReadAgreements", provider_actions.AGREEMENT.read)


def _boundary(made: Footprint) -> Iterator[Statement]:
    """What the proof of what the identity may do needs beside what the stack has made."""
    if made.identity and made.identity.boundary:
        yield Statement("ReadBoundary", provider_actions.POLICY.read, made.identity.boundary)


def _program(made: Footprint) -> Iterator[Statement]:
    """What the stack's program asks for each time it runs."""
    if made.agreements:
        yield _in_region(made, "ReadAgreementOffers", provider_actions.AGREEMENT_OFFERS)
    if made.secrets:
        yield Statement("ReadApiKeys", provider_actions.SECRET_VALUE, made.secret_arns)


def _identity(made: Footprint, identity: Identity) -> Iterator[Statement]:
    kind = identity.kind
    bounded = {"iam:PermissionsBoundary": identity.boundary} if identity.boundary else {}
    own = {"iam:PolicyARN": made.policy_arns}
    create, change_boundary = provider_actions.BOUNDED[kind]
    yield _on(
        made,
        "CreateWithinBoundary",
        (create, change_boundary) if bounded else create,
        {"StringEquals": bounded} if bounded else None,
    )
    yield _on(made, "WriteIdentity", _of(identity).write)
    yield _on(made, "AttachOwnPolicies", provider_actions.ATTACH[kind], {"StringEquals": {**own, **bounded}})
    yield _on(made, "DetachOwnPolicies", provider_actions.DETACH[kind], {"StringEquals": own})


def _of(identity: Identity) -> provider_actions.Actions:
    return provider_actions.ROLE if identity.kind == "role" else provider_actions.USER


def _on(made: Footprint, sid: str, action: Values, condition: Condition | None = None) -> Statement:
    return Statement(sid, action, made.identity_arn, condition=condition)


def _in_region(made: Footprint, sid: str, action: Values) -> Statement:
    """What Bedrock has no resource for."""
    return Statement(sid, action, "*", condition={"StringEquals": {"aws:RequestedRegion": made.region}})


def _within_quota(statements: Iterable[Statement]) -> list[PolicyDocument]:
    documents: list[PolicyDocument] = []
    for statement in statements:
        alone = PolicyDocument((statement,))
        if alone.size() > MAX_POLICY_SIZE:
            raise ConfigError(
                "models",
                f"the statement {statement.sid} of the policy to deploy comes to {alone.size()} characters, "
                f"and IAM takes {MAX_POLICY_SIZE}",
                "grant fewer models in one stack",
            )
        last = PolicyDocument((*documents[-1].statements, statement)) if documents else alone
        if documents and last.size() <= MAX_POLICY_SIZE:
            documents[-1] = last
        else:
            documents.append(alone)
    return documents
