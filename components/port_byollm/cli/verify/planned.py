"""The connection that an update would create, before anything exists."""

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

_LATER = Unknown("it is known only after the update")


def planned(stack: Stack, given: Given) -> Evidence:
    """Return what a preview of the stack shows. Policies that the stack does not manage are read from AWS.

    Raises PortByollmError if the preview fails, or the update would not connect Bedrock.
    """
    return evidence_of(preview(stack).connection, stack, given)


def evidence_of(found: PlannedConnection | None, stack: Stack, given: Given) -> Evidence:
    """Do the same for a connection from a preview that has run."""
    plan = Plan(stack.config())
    if found is None:
        raise PortByollmError(
            f"an update of the stack {stack.name} would not connect Bedrock: nothing to verify"
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
    """Return a managed policy that already exists."""
    return Policy(arn, aws) if isinstance(aws, Unknown) else aws.managed_policy(arn)


def _account(plan: Plan, aws: Aws | Unknown) -> str | Unknown:
    """Return the account that the stack deploys to."""
    if plan.target:
        return plan.target.aws_account_id
    return aws if isinstance(aws, Unknown) else aws.account()
