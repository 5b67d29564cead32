"""IAM as strict as AWS: the errors that moto's IAM lacks, with AWS's codes and messages.

Quotas are AWS's defaults (IAM User Guide, "IAM and AWS STS quotas").
"""

from collections.abc import Iterable

from moto.core.responses import ActionResult
from moto.iam import models, urls
from moto.iam.exceptions import (
    DeleteConflictException,
    EntityAlreadyExists,
    LimitExceededException,
    NotFoundException,
)
from moto.iam.responses import IamResponse

from port_byollm_sandbox.aws.constraints import Constrained
from port_byollm_sandbox.aws.documents import IdentityPolicy, TrustPolicy, invalid_principal, size

POLICY_SIZE = 6_144
TRUST_SIZE = 2_048
INLINE_SIZE = {"role": 10_240, "user": 2_048}
ATTACHED_POLICIES = 10


def install() -> None:
    """Put these rules in front of moto's IAM, for this process."""
    urls.url_paths["{0}/$"] = StrictIam.dispatch
    # The backend looks its validators up under these names.
    vars(models).update(
        IAMPolicyDocumentValidator=IdentityPolicy, IAMTrustPolicyDocumentValidator=TrustPolicy
    )


class StrictIam(Constrained, IamResponse):
    validation_error = "ValidationError"

    def create_policy(self) -> ActionResult:
        name = self._get_param("PolicyName")
        check_policy_size(self._get_param("PolicyDocument"))
        if any(policy.name == name for policy in self.backend.managed_policies.values()):
            raise EntityAlreadyExists(
                f"A policy called {name} already exists. Duplicate names are not allowed."
            )
        return super().create_policy()

    def create_policy_version(self) -> ActionResult:
        check_policy_size(self._get_param("PolicyDocument"))
        return super().create_policy_version()

    def delete_policy(self) -> ActionResult:
        policy = self.backend.get_policy(self._get_param("PolicyArn"))
        if policy.attachment_count or policy.arn in self._boundaries():
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must delete the "
                "policy's versions. The default version is deleted with the policy."
            )
        return super().delete_policy()

    def create_role(self) -> ActionResult:
        self._check_trust_policy(self._get_param("AssumeRolePolicyDocument"))
        self._check_boundary()
        return super().create_role()

    def update_assume_role_policy(self) -> ActionResult:
        self._check_trust_policy(self._get_param("PolicyDocument"))
        return super().update_assume_role_policy()

    def update_role(self) -> ActionResult:
        """Update the given parameters only; moto resets the others."""
        role = self.backend.get_role(self._get_param("RoleName"))
        description = self._get_param("Description", role.description)
        self.backend.update_role(
            role.name, description, self._get_param("MaxSessionDuration", role.max_session_duration)
        )
        return ActionResult({})

    def put_role_permissions_boundary(self) -> ActionResult:
        self._check_boundary()
        return super().put_role_permissions_boundary()

    def attach_role_policy(self) -> ActionResult:
        attached = self.backend.get_role(self._get_param("RoleName")).managed_policies
        if self._get_param("PolicyArn") in attached:
            return ActionResult({})
        check_attachments(attached)
        return super().attach_role_policy()

    def attach_user_policy(self) -> ActionResult:
        attached = self.backend.get_user(self._get_param("UserName")).managed_policies
        if self._get_param("PolicyArn") in attached:
            return ActionResult({})
        check_attachments(attached)
        return super().attach_user_policy()

    def put_role_policy(self) -> ActionResult:
        role = self.backend.get_role(self._get_param("RoleName"))
        self._check_inline_size("role", role.name, role.policies)
        return super().put_role_policy()

    def put_user_policy(self) -> ActionResult:
        user = self.backend.get_user(self._get_param("UserName"))
        self._check_inline_size("user", user.name, user.policies)
        return super().put_user_policy()

    def create_user(self) -> ActionResult:
        self._check_boundary()
        result = super().create_user()
        self._set_user_boundary(self._get_param("PermissionsBoundary"))
        return result

    def put_user_permissions_boundary(self) -> ActionResult:
        self._check_boundary()
        self._set_user_boundary(self._get_param("PermissionsBoundary"))
        return ActionResult({})

    def delete_user_permissions_boundary(self) -> ActionResult:
        self._set_user_boundary(None)
        return ActionResult({})

    def delete_user(self) -> ActionResult:
        if self.backend.get_user(self._get_param("UserName")).access_keys:
            raise DeleteConflictException("Cannot delete entity, must delete access keys first.")
        return super().delete_user()

    def _set_user_boundary(self, arn: str | None) -> None:
        """Set the attribute that GetUser returns; moto's User has no boundary of its own."""
        boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
        user = self.backend.get_user(self._get_param("UserName"))
        vars(user)["permissions_boundary"] = boundary if arn else None

    def _boundaries(self) -> set[str | None]:
        users = [getattr(user, "permissions_boundary", None) or {} for user in self.backend.users.values()]
        roles = {role.permissions_boundary_arn for role in self.backend.get_roles()}
        return roles | {boundary.get("PermissionsBoundaryArn") for boundary in users}

    def _check_boundary(self) -> None:
        arn = self._get_param("PermissionsBoundary")
        if arn is not None and arn not in self.backend.managed_policies:
            raise NotFoundException(f"Scope ARN: {arn} does not exist or is not attachable.")

    def _check_inline_size(self, kind: str, name: str, policies: dict[str, str]) -> None:
        """Check the quota, which applies to the sum of all inline policies of the role or user."""
        documents = policies | {self._get_param("PolicyName"): self._get_param("PolicyDocument")}
        if sum(map(size, documents.values())) > INLINE_SIZE[kind]:
            raise LimitExceededException(
                f"Maximum policy size of {INLINE_SIZE[kind]} bytes exceeded for {kind} {name}"
            )

    def _check_trust_policy(self, document: str) -> None:
        policy = TrustPolicy(document)
        policy.validate()
        if size(document) > TRUST_SIZE:
            raise LimitExceededException(f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
        # IAM looks principals up in every account; the sandbox knows only those of this one.
        known = {role.arn for role in self.backend.get_roles()} | {u.arn for u in self.backend.users.values()}
        for kind, name in policy.principals():
            own = name.startswith(f"arn:{self.partition}:iam::{self.current_account}:")
            if own and ("role/" in name or "user/" in name) and name not in known:
                raise invalid_principal(kind, name)


def check_policy_size(document: str) -> None:
    if size(document) > POLICY_SIZE:
        raise LimitExceededException(f"Cannot exceed quota for PolicySize: {POLICY_SIZE}")


def check_attachments(attached: Iterable[str]) -> None:
    if len(list(attached)) >= ATTACHED_POLICIES:
        raise LimitExceededException(f"Cannot exceed quota for PoliciesPerRole: {ATTACHED_POLICIES}")
