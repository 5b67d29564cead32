"""Bedrock by an assumed role: the test checks whether Port's gateway may assume it, with its external ID.

It decides as AWS would decide AssumeRole, from the role's trust policy in the sandbox's IAM.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.evaluator import Decision, Undecidable, evaluate
from port_byollm.proof import requests
from port_byollm_sandbox.port_emulator.validation.bedrock import Caller, NotSignedInError
from port_byollm_sandbox.port_emulator.validation.iam_reader import Document, read_role

GATEWAY_POLICY: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
}
"""Across accounts, both sides must allow the call; this is Port's side."""


@dataclass(frozen=True)
class RoleCredentials:
    """A role, the Port region whose gateway assumes it, and the external ID's value and secret name."""

    role_arn: str
    port_region: str
    external_id: str | None = field(default=None, repr=False)
    external_id_secret_name: str | None = None

    @property
    def account(self) -> str:
        return self.role_arn.split(":")[4]

    @property
    def session_arn(self) -> str:
        return requests.Caller.of_role(self.role_arn).arn

    @property
    def gateway(self) -> str:
        return GATEWAY_PRINCIPALS[self.port_region]


def assume(credentials: RoleCredentials, endpoint_url: str, delay: timedelta = timedelta()) -> Caller:
    """Return the role's session. A role younger than `delay` is treated as unknown to STS. Blocks.

    Raises NotSignedInError.
    """
    role = read_role(credentials.role_arn, credentials.account, endpoint_url)
    if role is None:
        raise NotSignedInError(f"{_denied(credentials)}: no role has this ARN")
    if datetime.now(UTC) - role.created < delay:
        raise NotSignedInError(f"{_denied(credentials)}: no role has this ARN yet")
    _check_trust(credentials, role.trust)
    return Caller(
        arn=credentials.session_arn,
        owner_arn=credentials.role_arn,
        identity=role.identity,
        boundary=role.boundary,
    )


def _denied(credentials: RoleCredentials) -> str:
    return (
        f"AccessDenied: User: {credentials.gateway} is not authorized to perform: sts:AssumeRole"
        f" on resource: {credentials.role_arn}"
    )


def _check_trust(credentials: RoleCredentials, trust: Document) -> None:
    request = requests.assume_role(credentials.gateway, credentials.role_arn, credentials.external_id)
    try:
        verdict = evaluate(request, identity_policies=[GATEWAY_POLICY], resource_policy=trust)
    except Undecidable as error:
        raise NotSignedInError(f"Who may assume {credentials.role_arn} cannot be judged: {error}") from None
    if verdict.decision is not Decision.ALLOWED:
        secret = credentials.external_id_secret_name
        sent = f"with secret '{secret}' as the external ID" if secret else "without an external ID"
        raise NotSignedInError(f"{_denied(credentials)} {sent}: {verdict.reason}")
