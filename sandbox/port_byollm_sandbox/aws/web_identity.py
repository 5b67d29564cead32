"""AssumeRoleWithWebIdentity: the check of an OpenID Connect token.

The check covers the provider and the audience in IAM, the token's expiry, and the role's trust policy. It
does not cover the token's signature, because the sandbox cannot get the provider's keys.

Sources: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Available keys for AWS OIDC
federation".
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import AccessDeniedError, ServiceException
from moto.iam.models import iam_backends

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Request, Undecidable, evaluate
from port_byollm_sandbox.aws.authorization import trust_policy

_CLAIMS = {
    "token.actions.githubusercontent.com": (
        "actor",
        "actor_id",
        "enterprise_id",
        "environment",
        "job_workflow_ref",
        "ref",
        "repository",
        "repository_id",
        "workflow",
    )
}
"""Issuer -> the claims that become condition keys, besides `aud` and `sub`."""


class WebIdentityError(ServiceException):
    """`WebIdentityError(code, message)`, outside of moto because moto infers the service from the module."""


class NotAdmittedError(AccessDeniedError):
    def __init__(self) -> None:
        # Unlike elsewhere, AWS does not name the caller in this message.
        super(AccessDeniedError, self).__init__(
            "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        )


def check_web_identity(role_arn: str, token: str, session: str) -> None:
    """Raise WebIdentityError or NotAdmittedError unless the bearer of `token` may assume the role."""
    trust = trust_policy(role_arn)
    if trust is None:
        raise NotAdmittedError
    claims = _claims(token)
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    _check_provider(role_arn, issuer, claims)
    keys = {f"{issuer}:{name}": str(claims[name]) for name in _names(issuer) if name in claims}
    provider = _provider_arn(role_arn, issuer)
    request = Request(
        provider,
        "sts:AssumeRoleWithWebIdentity",
        role_arn,
        {**keys, "sts:RoleSessionName": session, "aws:FederatedProvider": provider},
    )
    try:
        verdict = evaluate(request, identity_policies=[], resource_policy=trust)
    except Undecidable:
        raise NotAdmittedError from None
    if not verdict.allowed:
        raise NotAdmittedError


def _names(issuer: str) -> tuple[str, ...]:
    return ("aud", "sub", *_CLAIMS.get(issuer, ()))


def _claims(token: str) -> Mapping[str, Any]:
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, Mapping):
        raise WebIdentityError("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
    return claims


def _check_provider(role_arn: str, issuer: str, claims: Mapping[str, Any]) -> None:
    if float(claims.get("exp", "inf")) < datetime.now(UTC).timestamp():
        raise WebIdentityError("ExpiredTokenException", "Token expired")
    arn = arns.parse(role_arn)
    provider = iam_backends[arn.account][arn.partition].open_id_providers.get(_provider_arn(role_arn, issuer))
    if provider is None:
        raise WebIdentityError(
            "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for https://{issuer}"
        )
    if claims.get("aud") not in provider.client_id_list:
        raise WebIdentityError("InvalidIdentityToken", "Incorrect token audience")


def _provider_arn(role_arn: str, issuer: str) -> str:
    """Return the ARN of the provider in the role's account, the only one in which STS looks."""
    arn = arns.parse(role_arn)
    return str(arn._replace(resource=f"oidc-provider/{issuer}"))
