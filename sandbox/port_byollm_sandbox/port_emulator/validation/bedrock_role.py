"""Bedrock by an assumed role: may Port's gateway assume it, and may the role invoke each model?

Decided from the documents in the sandbox's IAM, as AWS would decide the calls that Port's gateway makes:
AssumeRole with the external ID, then InvokeModel and InvokeModelWithResponseStream on the inference profile
and on the model in each region that the profile may route to
(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from port_byollm.catalogue import GATEWAY_PRINCIPALS, Model, find_model, profile_id
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable, evaluate
from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.validation.iam_reader import Document, read_role

INVOKE_ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
SESSION = "port-llm-gateway"
GATEWAY_POLICY: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
}
"""Across accounts both sides must allow; this is Port's side."""


@dataclass(frozen=True)
class Guardrail:
    """A guardrail by id or ARN; without a version, its draft."""

    identifier: str
    version: str | None

    @classmethod
    def parse(cls, config: wire.BedrockRoleConfig) -> Self | None:
        if not config.guardrail_identifier:
            return None
        return cls(config.guardrail_identifier, config.guardrail_version)

    def arn(self, region: str, account: str) -> str:
        if self.identifier.startswith("arn:"):
            return self.identifier
        return f"arn:aws:bedrock:{region}:{account}:guardrail/{self.identifier}"

    def condition_value(self, region: str, account: str) -> str:
        """Value of `bedrock:GuardrailIdentifier`: the ARN, with `:version` unless it is the draft."""
        draft = self.version in (None, "", "DRAFT")
        return self.arn(region, account) + ("" if draft else f":{self.version}")


@dataclass(frozen=True)
class Connection:
    """A registration with its external ID resolved, and who would use it: the gateway of a Port region."""

    role_arn: str
    region: str
    port_region: str
    external_id: str | None = field(default=None, repr=False)
    external_id_secret_name: str | None = None
    guardrail: Guardrail | None = None
    profiles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Model x region -> geography or profile id, where Port calls another than the region's geography's."""

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[4]

    @property
    def session_arn(self) -> str:
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_arn.rpartition('/')[2]}/{SESSION}"

    @property
    def gateway(self) -> str:
        return GATEWAY_PRINCIPALS[self.port_region]

    def geography(self, model: Model) -> str | None:
        """Of the profile that Port calls for the model here; None where the region has none for it."""
        chosen = self.profiles.get(model.name, {}).get(self.region)
        if chosen is not None:
            return chosen.partition(".")[0]
        return next((one for one in model.geographies(self.region) if one != "global"), None)


@dataclass(frozen=True)
class Call:
    """One thing that IAM is asked when a model is invoked."""

    action: str
    resource: str
    context: Mapping[str, str]


class RoleNotAssumedError(Exception):
    """The gateway cannot become the role, so that no model can be tested. Its text is for Port's user."""


def test(connection: Connection, models: Sequence[str], endpoint_url: str) -> dict[str, str | None]:
    """Model -> why it cannot be invoked, or None where it can. Blocks.

    Raises RoleNotAssumedError.
    """
    role = read_role(connection.role_arn, connection.account, endpoint_url)
    if role is None:
        raise RoleNotAssumedError(f"{_assume_denied(connection)}: no role has this ARN")
    _assume(connection, role.trust)
    try:
        session = Evaluator(identity_policies=role.identity, permission_boundary=role.boundary)
        return {model: _invoke(connection, session, model) for model in models}
    except Undecidable as error:
        return dict.fromkeys(models, f"What {connection.role_arn} may do cannot be judged: {error}")


def _assume_denied(connection: Connection) -> str:
    return (
        f"AccessDenied: User: {connection.gateway} is not authorized to perform: sts:AssumeRole"
        f" on resource: {connection.role_arn}"
    )


def _assume(connection: Connection, trust: Document) -> None:
    request = Request(
        principal=connection.gateway,
        action="sts:AssumeRole",
        resource=connection.role_arn,
        context={} if connection.external_id is None else {"sts:ExternalId": connection.external_id},
    )
    try:
        verdict = evaluate(request, identity_policies=[GATEWAY_POLICY], resource_policy=trust)
    except Undecidable as error:
        raise RoleNotAssumedError(f"Who may assume {connection.role_arn} cannot be judged: {error}") from None
    if verdict.decision is not Decision.ALLOWED:
        secret = connection.external_id_secret_name
        sent = f"with secret '{secret}' as the external ID" if secret else "without an external ID"
        raise RoleNotAssumedError(f"{_assume_denied(connection)} {sent}: {verdict.reason}")


def _invoke(connection: Connection, session: Evaluator, model_name: str) -> str | None:
    model = find_model(model_name)
    geography = None if model is None else connection.geography(model)
    if model is None or model.bedrock_id is None or geography is None:
        return (
            f"ValidationException: no inference profile of {model_name} can be called in {connection.region}"
        )
    destinations = model.destinations(geography, connection.region)
    profile = profile_id(geography, model.bedrock_id)
    if not destinations:
        return f"ValidationException: inference profile {profile} cannot be called in {connection.region}"
    denials = [
        denial
        for call in _calls(connection, model.bedrock_id, profile, destinations)
        if (denial := _denial(connection, session, call)) is not None
    ]
    if not denials:
        return None
    more = f" (and {len(denials) - 1} more such denials)" if len(denials) > 1 else ""
    return f"AccessDeniedException: {denials[0]}{more}"


def _calls(
    connection: Connection, bedrock_id: str, profile: str, destinations: Sequence[str]
) -> Iterator[Call]:
    region, account = connection.region, connection.account
    guardrail = connection.guardrail
    profile_arn = arns.inference_profile(region, account, profile)
    guarded = {}
    if guardrail is not None:
        guarded = {"bedrock:GuardrailIdentifier": guardrail.condition_value(region, account)}
        yield Call("bedrock:ApplyGuardrail", guardrail.arn(region, account), {"aws:RequestedRegion": region})
    for action in INVOKE_ACTIONS:
        yield Call(action, profile_arn, {"aws:RequestedRegion": region, **guarded})
        for destination in destinations:
            # The empty region is that of the ARN which stands for global routing.
            context = {
                "aws:RequestedRegion": destination or "unspecified",
                "bedrock:InferenceProfileArn": profile_arn,
                **guarded,
            }
            yield Call(action, arns.foundation_model(destination, bedrock_id), context)


def _denial(connection: Connection, session: Evaluator, call: Call) -> str | None:
    """AWS's sentence for a call that is not allowed, with the reason; None for one that is."""
    request = Request(
        principal=connection.session_arn,
        action=call.action,
        resource=call.resource,
        context={"aws:PrincipalArn": connection.role_arn, **call.context},
    )
    verdict = session.evaluate(request)
    if verdict.decision is Decision.ALLOWED:
        return None
    return (
        f"User: {connection.session_arn} is not authorized to perform: {call.action}"
        f" on resource: {call.resource}: {verdict.reason}"
    )
