"""The least privilege in AWS for running Pulumi on a stack.

Permission to write a role's policies could become permission for anything. Therefore every statement names
the stack's resources exactly, identities are created and given policies only with their permissions
boundary, and only the stack's own policies may be attached. `sts:GetCallerIdentity` needs no permission.
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

# Valid names contain no wildcards, which would act as such in a policy.
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_BOUNDARY = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(?:[0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+")
_SECRET = re.compile(
    r"(?:arn:aws(?:-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@!-]+"
)
# The suffix that Secrets Manager appends to a secret's name in its ARN.
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")


class Purpose(Enum):
    """The purpose of running Pulumi."""

    DEPLOY = "deploy"
    """`up`, `preview`, `refresh`, `destroy`, and `port-byollm rotate`, `verify` and `audit record`."""
    PREVIEW = "preview"
    """`preview`, which runs the program but reads no resources, and `port-byollm verify --preview`."""
    DRIFT = "drift"
    """`refresh --preview-only`, which reads all resources without the program, and `port-byollm verify`."""


@dataclass(frozen=True)
class Identity:
    """The role or user for Port's gateway."""

    kind: Literal["role", "user"]
    name: str
    boundary: str | None = None
    """ARN of its permissions boundary."""


@dataclass(frozen=True)
class Footprint:
    """The resources that a stack creates in an AWS account, and the values that it reads there."""

    account: str
    region: str
    identity: Identity | None = None
    policies: tuple[str, ...] = ()
    """Names of the managed policies, each attached to the identity."""
    use_case: bool = False
    """Whether it submits Anthropic's use-case form."""
    agreements: bool = False
    """Whether it creates agreements for models."""
    secrets: tuple[str, ...] = ()
    """Names or ARNs of the secrets in Secrets Manager whose values it reads."""

    def __post_init__(self) -> None:
        """Raise ConfigError if AWS would refuse a name, or if the stack could rewrite the boundary."""
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
                f"the stack itself writes {boundary}, so it is no boundary",
                "name a policy that the deploying identity cannot change",
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
        """ARNs, with wildcards for the suffixes that Secrets Manager chooses."""
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
    """Return policies within IAM's quota that together permit `purpose`; none if it needs no permissions.

    Raises ConfigError if a single statement exceeds the quota.
    """
    statements = {Purpose.DEPLOY: _deploy, Purpose.PREVIEW: _preview, Purpose.DRIFT: _drift}[purpose]
    return _within_quota(statements(footprint))


def _check(pattern: re.Pattern[str], field: str, value: str, expected: str) -> None:
    if not pattern.fullmatch(value):
        raise ConfigError(field, f"{value!r} is not {expected}", "write it as in AWS, without wildcards")


def _deploy(footprint: Footprint) -> Iterator[Statement]:
    yield from _drift(footprint)
    if footprint.policies:
        yield Statement("WritePolicies", provider_actions.POLICY.write, footprint.policy_arns)
    if footprint.identity:
        yield from _identity(footprint, footprint.identity)
    if footprint.use_case:
        yield Statement("HandInUseCase", provider_actions.USE_CASE.write, "*")
    if footprint.agreements:
        yield _in_region(footprint, "WriteAgreements", provider_actions.AGREEMENT.write)
        yield Statement(
            "SubscribeThroughBedrock",
            provider_actions.MARKETPLACE,
            "*",
            condition={"StringEquals": {"aws:CalledViaLast": "bedrock.amazonaws.com"}},
        )
    yield from _program(footprint)


def _preview(footprint: Footprint) -> Iterator[Statement]:
    yield from _program(footprint)
    yield from _boundary(footprint)


def _drift(footprint: Footprint) -> Iterator[Statement]:
    if footprint.policies:
        yield Statement("ReadPolicies", provider_actions.POLICY.read, footprint.policy_arns)
    if footprint.identity:
        yield Statement("ReadIdentity", _of(footprint.identity).read, footprint.identity_arn)
    yield from _boundary(footprint)
    if footprint.use_case:
        yield Statement("ReadUseCase", provider_actions.USE_CASE.read, "*")
    if footprint.agreements:
        yield _in_region(footprint, "ReadAgreements", provider_actions.AGREEMENT.read)


def _boundary(footprint: Footprint) -> Iterator[Statement]:
    """Yield the permission that the access proof needs besides those for the stack's resources."""
    if footprint.identity and footprint.identity.boundary:
        yield Statement("ReadBoundary", provider_actions.POLICY.read, footprint.identity.boundary)


def _program(footprint: Footprint) -> Iterator[Statement]:
    """Yield the permissions for the requests that the program makes on each run."""
    if footprint.agreements:
        yield _in_region(footprint, "ReadAgreementOffers", provider_actions.AGREEMENT_OFFERS)
    if footprint.secrets:
        yield Statement("ReadApiKeys", provider_actions.SECRET_VALUE, footprint.secret_arns)


def _identity(footprint: Footprint, identity: Identity) -> Iterator[Statement]:
    kind = identity.kind
    bounded = {"iam:PermissionsBoundary": identity.boundary} if identity.boundary else {}
    own = {"iam:PolicyARN": footprint.policy_arns}
    create, change_boundary = provider_actions.BOUNDED[kind]
    yield _on(
        footprint,
        "CreateWithinBoundary",
        (create, change_boundary) if bounded else create,
        {"StringEquals": bounded} if bounded else None,
    )
    yield _on(footprint, "WriteIdentity", _of(identity).write)
    yield _on(
        footprint, "AttachOwnPolicies", provider_actions.ATTACH[kind], {"StringEquals": {**own, **bounded}}
    )
    yield _on(footprint, "DetachOwnPolicies", provider_actions.DETACH[kind], {"StringEquals": own})


def _of(identity: Identity) -> provider_actions.Actions:
    return provider_actions.ROLE if identity.kind == "role" else provider_actions.USER


def _on(footprint: Footprint, sid: str, action: Values, condition: Condition | None = None) -> Statement:
    return Statement(sid, action, footprint.identity_arn, condition=condition)


def _in_region(footprint: Footprint, sid: str, action: Values) -> Statement:
    """Return a statement for actions without a resource."""
    return Statement(sid, action, "*", condition={"StringEquals": {"aws:RequestedRegion": footprint.region}})


def _within_quota(statements: Iterable[Statement]) -> list[PolicyDocument]:
    documents: list[PolicyDocument] = []
    for statement in statements:
        alone = PolicyDocument((statement,))
        if alone.size() > MAX_POLICY_SIZE:
            raise ConfigError(
                "models",
                f"the statement {statement.sid} of the deploy policy has {alone.size()} characters, but IAM "
                f"accepts {MAX_POLICY_SIZE}",
                "grant fewer models in one stack",
            )
        last = PolicyDocument((*documents[-1].statements, statement)) if documents else alone
        if documents and last.size() <= MAX_POLICY_SIZE:
            documents[-1] = last
        else:
            documents.append(alone)
    return documents
