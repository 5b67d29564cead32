"""Compare a proof with AWS's `iam:SimulatePrincipalPolicy`, for each call that must be possible.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from port_byollm.cli.verify.aws import Aws
from port_byollm.iam.evaluator import Decision
from port_byollm.loopback import is_loopback
from port_byollm.proof import Claim, Proof, Subject, Unknown
from port_byollm.proof.connection import Connection
from port_byollm.proof.possible import invocations

_DECISIONS = {
    "allowed": Decision.ALLOWED,
    "implicitDeny": Decision.IMPLICITLY_DENIED,
    "explicitDeny": Decision.EXPLICITLY_DENIED,
}


def confirmed(proof: Proof, subject: Subject, aws: Aws) -> Proof:
    """Return `proof` with a failing claim for each call that AWS's simulator decides differently.

    If the simulator cannot be asked, only add a note that says so.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    arn = subject.identity.arn
    if isinstance(arn, Unknown):
        return proof
    if is_loopback(urlsplit(aws.endpoint_url).hostname or ""):
        return _noted(proof, "AWS's policy simulator was not asked: the sandbox has none.")
    asked = {claim: request for claim, request in invocations(Connection(subject)) if claim.decided}
    claims: list[Claim] = []
    try:
        for claim in proof.claims:
            claims.append(claim)
            if request := asked.get(claim):
                claims += _contradiction(claim, _DECISIONS[aws.simulate(arn, request)])
    except (BotoCoreError, ClientError) as error:
        return _noted(proof, f"AWS's policy simulator could not be asked: {error}")
    note = f"AWS's policy simulator was asked about {len(asked)} of these calls."
    return _noted(replace(proof, claims=tuple(claims)), note)


def _contradiction(claim: Claim, simulated: Decision) -> Iterator[Claim]:
    """Yield a failing claim if AWS decides differently."""
    allowed = claim.decided is Decision.ALLOWED
    if allowed == (simulated is Decision.ALLOWED):
        return
    by_documents = claim.decided.value if claim.decided else ""
    yield replace(
        claim,
        what=f"{claim.what}, as AWS's policy simulator decides it",
        allowed=allowed,
        decided=simulated,
        reason=f"the simulator says {simulated.value}, the documents {by_documents}: {claim.reason}",
    )


def _noted(proof: Proof, note: str) -> Proof:
    return replace(proof, notes=(*proof.notes, note))
