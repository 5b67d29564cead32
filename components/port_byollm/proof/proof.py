"""The proof of a connection: every claim, decided."""

from collections.abc import Iterator
from dataclasses import dataclass

from port_byollm.proof import other_actions, other_calls, possible, strangers, unpromised
from port_byollm.proof.claim import Claim, all_hold
from port_byollm.proof.connection import Connection
from port_byollm.proof.exemption import Exemption, exemptions
from port_byollm.proof.subject import Role, Subject


@dataclass(frozen=True)
class Proof:
    """All claims about a connection, in the order of presentation."""

    claims: tuple[Claim, ...]
    exemptions: tuple[Exemption, ...] = ()
    """One for each statement of an SCP or RCP that denies what is needed."""
    notes: tuple[str, ...] = ()
    """Sentences about what the proof does not cover."""

    @property
    def holds(self) -> bool | None:
        """False if any claim fails, else None if any is unknown."""
        return all_hold(claim.holds for claim in self.claims)

    @property
    def summary(self) -> str:
        """The verdict in a sentence."""
        count = len(self.claims)
        failing = sum(claim.holds is False for claim in self.claims)
        unknown = sum(claim.holds is None for claim in self.claims)
        also = f", and {unknown} are unknown" if unknown else ""
        if failing:
            return f"The proof FAILS: {failing} of {count} claims do not hold{also}."
        if unknown:
            return f"The proof is incomplete: {unknown} of {count} claims are unknown; the others hold."
        return f"The proof holds: all {count} claims."


def prove(subject: Subject) -> Proof:
    """Decide every claim about `subject`.

    Raises ConfigError as `Connection` does.
    """
    connection = Connection(subject)
    needed = [*possible.assumptions(connection), *possible.invocations(connection)]
    denied = [request for claim, request in needed if claim.holds is False]
    impossible = (
        strangers.strangers,
        strangers.external_ids,
        other_calls.other_models,
        other_calls.other_ways,
        other_calls.other_guardrails,
        other_actions.other_actions,
        unpromised.unpromised,
    )
    return Proof(
        (
            *(claim for claim, _ in needed),
            *possible.unknown_invocations(connection),
            *(claim for claims in impossible for claim in claims(connection)),
        ),
        tuple(exemptions(subject, denied)),
        tuple(_notes(subject)),
    )


def _notes(subject: Subject) -> Iterator[str]:
    if isinstance(subject.identity, Role) and not subject.identity.external_ids:
        yield (
            "No external ID is required: any other Port organization that learns the role's ARN can have"
            " Port's gateway use it."
        )
    if subject.scope == "documented":
        promised = "any model, in any region" if subject.all_models else "the listed models in any region"
        yield (
            f"The documented scope allows {promised}, directly or through their profile, with or without a"
            " guardrail: no claims are made about these calls."
        )
    elif subject.all_models:
        yield "Any model may be called through the geography's profiles: no claims are made about models."
    if not subject.scps and not subject.rcps:
        yield "Neither SCPs nor RCPs were given: the proof does not cover what the organization denies."
