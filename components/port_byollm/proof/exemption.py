"""The change to an SCP (or RCP) that lets a connection through, and nothing else.

The parts are those of AWS's examples
(https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html and
https://github.com/aws-samples/service-control-policy-examples, "Region-controls"), joined so that only the
needed actions get by, in the needed regions, through the profiles and by the role's sessions.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable
from port_byollm.iam.witnesses import listed
from port_byollm.proof.judge import ALLOW_ALL, TRUST_ALL
from port_byollm.proof.needs import Needs
from port_byollm.proof.parts import NotExactError, parts
from port_byollm.proof.requests import ASSUME_ROLE
from port_byollm.proof.subject import Document, Subject, Unknown

MAX_SIZE = 5120
"""Characters of an SCP or RCP
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html)."""


@dataclass(frozen=True)
class Exemption:
    """What to change about one statement of an SCP (or RCP) that denies what a connection needs.

    `statements` are to be put in the place of `statement`; empty where no exact exemption exists, and
    `reason` then says why. Else `reason` says what the evaluation with them came to.
    """

    policy: str
    """Kind and name of the document."""
    statement: str
    """Number and Sid, as in `statement 1 (DenyOtherRegions)`."""
    regions: tuple[str, ...]
    """Where requests are denied by it; `unspecified` is that of global routing."""
    statements: tuple[Mapping[str, Any], ...]
    reason: str


def exemptions(subject: Subject, denied: Sequence[Request]) -> Iterator[Exemption]:
    """One for each statement of the organization's that denies any of the requests, which are needed."""
    # SCPs are about who asks, and the gateway that assumes the role is of Port's organization.
    assumptions = [request for request in denied if request.action == ASSUME_ROLE]
    calls = [request for request in denied if request.action != ASSUME_ROLE]
    for kind, levels, concerned in (("SCP", subject.scps, calls), ("RCP", subject.rcps, assumptions)):
        for policy in (policy for level in levels for policy in level if concerned):
            statements = listed(
                None if isinstance(policy.document, Unknown) else policy.document["Statement"]
            )
            for index, statement in enumerate(statements):
                alone = _evaluator(kind, [statement])
                if requests := [request for request in concerned if _is_denied(alone, request)]:
                    yield _exemption(kind, policy.name, statements, index, requests)


def _exemption(
    kind: str, name: str, statements: Sequence[Any], index: int, requests: Sequence[Request]
) -> Exemption:
    statement = statements[index]
    needs = Needs.of(requests)
    try:
        found = parts(statement, needs)
        reason = _evaluated(kind, statement, found, needs, requests)
        changed = [*statements[:index], *found, *statements[index + 1 :]]
        _evaluator(kind, changed)
        size = len("".join(json.dumps(_document(changed)).split()))
        if size > MAX_SIZE:
            reason += f" The policy then has {size} characters, and AWS Organizations takes {MAX_SIZE}."
    except (NotExactError, Undecidable) as error:
        found, reason = [], f"No exact exemption can be written: {error}."
    sid = f" ({statement['Sid']})" if statement.get("Sid") else ""
    return Exemption(
        f"{kind} {name!r}", f"statement {index + 1}{sid}", tuple(needs.regions), tuple(found), reason
    )


def _evaluated(
    kind: str, statement: Any, found: Sequence[Any], needs: Needs, requests: Sequence[Request]
) -> str:
    """What evaluating with the parts came to; raises NotExactError where they are not what they should be."""
    before, after = _evaluator(kind, [statement]), _evaluator(kind, found)
    if any(_is_denied(after, request) for request in requests):
        raise NotExactError("what is needed would still be denied")
    others = [request for request in needs.bystanders() if not needs.cover(request)]
    denied = [_is_denied(after, request) for request in others]
    if denied != [_is_denied(before, request) for request in others]:
        raise NotExactError("other requests would be decided otherwise than before")
    return (
        f"Evaluated again: with these statements none of the {len(requests)} needed requests is denied any"
        f" more; of {len(others)} around them (other principals, actions, models, profiles, regions) the"
        f" {sum(denied)} that were denied still are."
    )


def _is_denied(evaluator: Evaluator, request: Request) -> bool:
    return evaluator.evaluate(request).decision is Decision.EXPLICITLY_DENIED


def _evaluator(kind: str, statements: Sequence[Any]) -> Evaluator:
    """Where the statements alone deny."""
    if kind == "SCP":
        return Evaluator(identity_policies=[ALLOW_ALL], scps=[[ALLOW_ALL, _document(statements)]])
    return Evaluator(identity_policies=[ALLOW_ALL], resource_policy=TRUST_ALL, rcps=[[_document(statements)]])


def _document(statements: Sequence[Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
