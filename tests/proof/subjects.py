"""A connection whose proof holds, to be changed by each test in one way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from port_byollm.catalogue import GATEWAY_PRINCIPALS, parse_model
from port_byollm.iam.evaluator import Decision
from port_byollm.iam.invoke_policy import Guardrail, pinned
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.proof import Claim, ExternalId, Policy, Proof, Role, Subject, prove

ACCOUNT = "111122223333"
REGION = "eu-west-1"
EU = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/port/port-byollm"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/port-byollm/port-llm-gateway"
GATEWAY, OTHER_GATEWAY = GATEWAY_PRINCIPALS["eu"], GATEWAY_PRINCIPALS["us"]
CURRENT, PREVIOUS, OLD = "current-IuTh9eeD", "previous-oow8Quee", "old-ahF6queo"
SONNET, HAIKU = parse_model("claude-sonnet-4-5-20250929"), parse_model("claude-haiku-4-5-20251001")
GUARDRAIL = Guardrail(f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc", "1")

Document = dict[str, Any]


def document(*statements: Mapping[str, Any]) -> Document:
    """Statements that allow everything but for what is said of each."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {**{key: value for key, value in everything.items() if f"Not{key}" not in one}, **one}
            for one in statements
        ],
    }


FULL_ACCESS = Policy("FullAWSAccess", document({}))


def policies(*documents: Mapping[str, Any]) -> tuple[Policy, ...]:
    return tuple(Policy(f"invoke-{number}", one) for number, one in enumerate(documents, 1))


def role(**changes: Any) -> Role:
    connected = Role(
        ROLE,
        gateway_trust([GATEWAY], [CURRENT, PREVIOUS]).to_dict(),
        {"eu": GATEWAY},
        (ExternalId("current", CURRENT), ExternalId("previous", PREVIOUS)),
        (ExternalId("old", OLD),),
    )
    return replace(connected, **changes)


def pinned_policies(
    models: Sequence[Any] = (SONNET, HAIKU),
    geography: str = "eu",
    region: str = REGION,
    guardrail: Guardrail | None = GUARDRAIL,
) -> tuple[Policy, ...]:
    return policies(*(one.to_dict() for one in pinned(models, geography, region, ACCOUNT, guardrail)))


def subject(**changes: Any) -> Subject:
    connected = Subject(
        region=REGION,
        account=ACCOUNT,
        geography="eu",
        models=(SONNET, HAIKU),
        identity=role(),
        policies=pinned_policies(),
        guardrail=GUARDRAIL,
    )
    return replace(connected, **changes)


@cache
def holding() -> Proof:
    """The proof of a connection in which nothing was changed."""
    return prove(subject())


def region_deny(*regions: str, **changes: Any) -> Policy:
    """The SCP of AWS's documentation that denies whatever is not in `regions`."""
    statement = {
        "Sid": "DenyOtherRegions",
        "Effect": "Deny",
        "NotAction": ["cloudfront:*", "iam:*", "organizations:*", "route53:*", "sts:*", "support:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(regions)}},
    }
    return Policy("region-deny", document(statement | changes))


def under(*scps: Policy) -> tuple[tuple[Policy, ...], ...]:
    """As levels of an organization."""
    return (FULL_ACCESS,), (FULL_ACCESS, *scps)


def failing(proof: Proof) -> list[Claim]:
    return [claim for claim in proof.claims if claim.holds is False]


def failures(proof: Proof) -> set[str]:
    """What fails, in words."""
    return {claim.what for claim in failing(proof)}


def unknowns(proof: Proof) -> set[str]:
    return {claim.what for claim in proof.claims if claim.holds is None}


def decisions(proof: Proof, what: str) -> set[Decision | None]:
    found = {claim.decided for claim in proof.claims if claim.what == what}
    assert found, f"nothing is claimed about {what!r}"
    return found
