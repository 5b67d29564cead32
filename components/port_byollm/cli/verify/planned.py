"""A connection as an update would make it, before anything exists."""

from port_byollm.cli.json_file import parse_json
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.verify.aws import Aws
from port_byollm.cli.verify.evidence import Evidence
from port_byollm.cli.verify.handover import PlannedConnection, PlannedIdentity, PlannedPolicy, preview
from port_byollm.cli.verify.identity import Identity, read_identity, unseen
from port_byollm.cli.verify.promise import Given, Promise, Registration, accepted
from port_byollm.errors import PortByollmError
from port_byollm.iam import arns
from port_byollm.proof import Policy, Unknown
from port_byollm.proof.subject import Document

_LATER = Unknown("it is known only when the update has made what it is made of")


def planned(stack: Stack, given: Given) -> Evidence:
    """What a preview of the stack shows. AWS is asked for what is attached and not the stack's own.

    Raises PortByollmError where the preview fails, or would connect no Bedrock.
    """
    return evidence_of(preview(stack).connection, stack, given)


def evidence_of(found: PlannedConnection | None, stack: Stack, given: Given) -> Evidence:
    """Likewise, of a connection that a preview has shown."""
    plan = Plan(stack.config())
    if found is None:
        raise PortByollmError(
            f"an update of the stack {stack.name} would make no connection of Bedrock: nothing to verify"
        )
    registration = Registration(found.config, found.models)
    with stack.environment():
        aws = Aws.of(plan)
        if found.identity is not None:
            account = _account(plan, aws)
            identity = _identity(found.identity, account, registration.region, aws)
        elif arn := found.config.get("roleArn"):
            account, identity = arns.parse(arn).account, read_identity(aws, arn)
        else:
            account, identity = _account(plan, aws), unseen(_LATER, _LATER)
    return Evidence(
        f"the stack {stack.name}, as an update would make it",
        Promise.of_stack(registration, plan, given),
        account,
        identity,
        accepted(registration, found.external_id, found.previous),
    )


def _identity(found: PlannedIdentity, account: str | Unknown, region: str, aws: Aws | Unknown) -> Identity:
    arn: str | Unknown = _LATER
    if isinstance(account, Unknown):
        arn = account
    elif found.name is not None:
        arn = f"arn:{arns.partition(region)}:iam::{account}:{found.kind}{found.path}{found.name}"
    trust_policy: Document | Unknown | None = None
    if found.kind == "role":
        text = found.trust_policy
        trust_policy = _LATER if text is None else parse_json(text, "the trust policy")
    boundary = None
    if found.boundary is not None:
        boundary = _policy(found.boundary)
    elif found.boundary_elsewhere is not None:
        boundary = _elsewhere(found.boundary_elsewhere, aws)
    policies = [*map(_policy, found.policies), *(_elsewhere(arn, aws) for arn in found.elsewhere)]
    return Identity(arn, trust_policy, tuple(policies), boundary)


def _policy(found: PlannedPolicy) -> Policy:
    if found.document is None:
        return Policy(found.name, _LATER)
    return Policy(found.name, parse_json(found.document, found.name))


def _elsewhere(arn: str, aws: Aws | Unknown) -> Policy:
    """A managed policy that is there already."""
    return Policy(arn, aws) if isinstance(aws, Unknown) else aws.managed_policy(arn)


def _account(plan: Plan, aws: Aws | Unknown) -> str | Unknown:
    """The account that the stack is for."""
    if plan.target:
        return plan.target.aws_account_id
    return aws if isinstance(aws, Unknown) else aws.account()
