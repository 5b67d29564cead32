"""The caller of an operation: the IAM user or role session whose keys sign it, with its policies."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import InvalidClientTokenIdError
from moto.core.responses import BaseResponse
from moto.iam.exceptions import NotFoundException
from moto.iam.models import Group, IAMBackend, ManagedPolicy, Role, User, iam_backends
from moto.sts.models import AssumedRole, sts_backends

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Caller:
    """A user, or a session of a role, with its policies."""

    arn: str
    policies: tuple[Document, ...]
    boundary: Document | None
    session_policy: Document | None
    context: Mapping[str, str]
    """The condition keys of every request by this caller."""


def caller_of(call: BaseResponse) -> Caller | None:
    """Return the caller; None if the credentials belong to no user and to no session of an existing role.

    Raises InvalidClientTokenIdError if a user's key is inactive.
    """
    backend = iam_backends[call.current_account][call.partition]
    key = call.get_access_key()
    if user := backend.get_user_from_access_key_id(key):
        if backend.access_keys[key].status != "Active":
            raise InvalidClientTokenIdError()
        return _user(backend, user)
    if session := sts_backends[call.current_account][call.partition].get_assumed_role_from_access_key(key):
        try:
            return _session(backend, session, backend.get_role_by_arn(session.role_arn))
        except NotFoundException:
            return None
    return None


def _user(backend: IAMBackend, user: User) -> Caller:
    return Caller(
        user.arn,
        tuple(_policies(user, *backend.get_groups_for_user(user.name))),
        _managed(backend, boundary_of(user)),
        None,
        _principal(user.arn, user.account_id) | {"aws:userid": user.id, "aws:username": user.name},
    )


def _session(backend: IAMBackend, session: AssumedRole, role: Role) -> Caller:
    return Caller(
        session.arn,
        tuple(_policies(role)),
        _managed(backend, boundary_of(role)),
        json.loads(session.policy) if session.policy else None,
        _principal(role.arn, role.account_id)
        | {
            "aws:userid": session.user_id,
            "aws:TokenIssueTime": session.access_key.create_date.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    )


def boundary_of(holder: User | Role | Group) -> str | None:
    """Return the ARN of the permissions boundary. Those of users are the sandbox's addition to moto."""
    if isinstance(holder, Role):
        return holder.permissions_boundary_arn
    boundary: Mapping[str, str] = getattr(holder, "permissions_boundary", None) or {}
    return boundary.get("PermissionsBoundaryArn")


def _principal(arn: str, account: str) -> dict[str, str]:
    return {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account}


def _policies(*holders: User | Role | Group) -> Iterable[Document]:
    """Yield the attached, then the inline policies."""
    for holder in holders:
        for policy in holder.managed_policies.values():
            yield _document(policy)
        for document in holder.policies.values():
            yield json.loads(document)


def _managed(backend: IAMBackend, arn: str | None) -> Document | None:
    return None if arn is None else _document(backend.get_policy(arn))


def _document(policy: ManagedPolicy) -> Document:
    default = next(v for v in policy.versions if v.version_id == policy.default_version_id)
    document: Document = json.loads(default.document)
    return document
