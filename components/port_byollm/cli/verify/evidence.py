"""All that is known of a connection, wherever it was read."""

from collections.abc import Sequence
from dataclasses import dataclass

from port_byollm.cli.verify.aws import Aws
from port_byollm.cli.verify.identity import Identity
from port_byollm.cli.verify.promise import Promise
from port_byollm.proof import ExternalId, Policy, Role, Subject, Unknown, User

Levels = tuple[tuple[Policy, ...], ...]


@dataclass(frozen=True)
class Evidence:
    about: str
    """What was looked at, as a heading."""
    promise: Promise
    account: str | Unknown
    identity: Identity
    external_ids: Sequence[ExternalId]
    """Those that the role is to accept."""
    notes: Sequence[str] = ()
    aws: Aws | None = None
    """Where the identity is, so that AWS can be asked about it."""

    def subject(self, scps: Levels, rcps: Levels) -> Subject:
        """What is to be proven under the organization's policies."""
        identity, promise = self.identity, self.promise
        who: Role | User = User(identity.arn)
        if identity.trust_policy is not None:
            who = Role(identity.arn, identity.trust_policy, promise.gateways, tuple(self.external_ids))
        return Subject(
            promise.region,
            self.account,
            promise.geography,
            promise.models,
            who,
            identity.policies,
            identity.boundary,
            promise.guardrail_in(self.account),
            promise.scope,
            promise.all_models,
            scps,
            rcps,
            promise.unknown_models,
        )
