"""The change to an SCP (or RCP) that exempts a connection, and nothing else.

It combines the conditions of AWS's examples
(https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html and
https://github.com/aws-samples/service-control-policy-examples, "Region-controls"), so that only the needed
actions are exempt, in the needed regions, through the profiles and for the role's sessions.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable
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
    """The change to one statement of an SCP (or RCP) that denies what a connection needs.

    `statements` replace `statement`, and `reason` reports how they were evaluated. If no exact exemption
    exists, `statements` is empty and `reason` says why.
    """

    policy: str
    """Kind and name of the document."""
    statement: str
    """Number and Sid, as in `statement 1 (DenyOtherRegions)`."""
    regions: tuple[str, ...]
    """The regions in which it denies requests; `unspecified` stands for global routing."""
    statements: tuple[Mapping[str, Any], ...]
    reason: str


def exemptions(subject: Subject, denied: Sequence[Request]) -> Iterator[Exemption]:
    """Yield one exemption for each statement of an SCP or RCP that denies a needed request."""
    # SCPs apply to callers of the organization. The gateway that assumes the role belongs to Port's.
    assumptions = [request for request in denied if request.action == ASSUME_ROLE]
    calls = [request for request in denied if request.action != ASSUME_ROLE]
    for kind, levels, concerned in (("SCP", subject.scps, calls), ("RCP", subject.rcps, assumptions)):
        for policy in (policy for level in levels for policy in level if concerned):
            statements = as_list(
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
        replacements = parts(statement, needs)
        reason = _evaluated(kind, statement, replacements, needs, requests)
        changed = [*statements[:index], *replacements, *statements[index + 1 :]]
        _evaluator(kind, changed)
        size = len("".join(json.dumps(_document(changed)).split()))
        if size > MAX_SIZE:
            reason += f" The policy then has {size} characters, but AWS Organizations accepts {MAX_SIZE}."
    except (NotExactError, Undecidable) as error:
        replacements, reason = [], f"No exact exemption can be written: {error}."
    sid = f" ({statement['Sid']})" if statement.get("Sid") else ""
    return Exemption(
        f"{kind} {name!r}", f"statement {index + 1}{sid}", tuple(needs.regions), tuple(replacements), reason
    )


def _evaluated(
    kind: str, statement: Any, replacements: Sequence[Any], needs: Needs, requests: Sequence[Request]
) -> str:
    """Evaluate the replacements and report the result. Raises NotExactError if they are not exact."""
    before, after = _evaluator(kind, [statement]), _evaluator(kind, replacements)
    if any(_is_denied(after, request) for request in requests):
        raise NotExactError("what is needed would still be denied")
    others = [request for request in needs.bystanders() if not needs.cover(request)]
    denied = [_is_denied(after, request) for request in others]
    if denied != [_is_denied(before, request) for request in others]:
        raise NotExactError("the decision on other requests would change")
    return (
        f"Evaluated again: these statements deny none of the {len(requests)} needed requests; of"
        f" {len(others)} similar ones (other principals, actions, models, profiles, regions), they still deny"
        f" the {sum(denied)} that were denied."
    )


def _is_denied(evaluator: Evaluator, request: Request) -> bool:
    return evaluator.evaluate(request).decision is Decision.EXPLICITLY_DENIED


def _evaluator(kind: str, statements: Sequence[Any]) -> Evaluator:
    """Return an evaluator in which everything is allowed except what the statements deny."""
    if kind == "SCP":
        return Evaluator(identity_policies=[ALLOW_ALL], scps=[[ALLOW_ALL, _document(statements)]])
    return Evaluator(identity_policies=[ALLOW_ALL], resource_policy=TRUST_ALL, rcps=[[_document(statements)]])


def _document(statements: Sequence[Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
