"""All that is known about a connection, whatever its source."""

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
    """What was examined, as a heading."""
    promise: Promise
    account: str | Unknown
    identity: Identity
    external_ids: Sequence[ExternalId]
    """The external IDs that the role should accept."""
    notes: Sequence[str] = ()
    aws: Aws | None = None
    """Set if AWS can be asked about the identity."""

    def subject(self, scps: Levels, rcps: Levels) -> Subject:
        """Return what to prove, given the organization's policies."""
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
