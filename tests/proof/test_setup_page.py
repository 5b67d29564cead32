"""What the policies of Port's page "Setup & Configuration" allow, and what not."""

from collections.abc import Sequence
from typing import Literal

import pytest
from tests.proof.subjects import (
    GATEWAY,
    GUARDRAIL,
    HAIKU,
    OTHER_GATEWAY,
    SONNET,
    decisions,
    document,
    failing,
    failures,
    policies,
    role,
    subject,
)

from port_byollm.iam.evaluator import Decision
from port_byollm.iam.invoke_policy import documented
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.proof import Group, Proof, prove

LISTED = (SONNET, HAIKU)


def proof_of(models: Sequence[object] | Literal["all"], guardrail: bool = False, **changes: object) -> Proof:
    documents = documented(LISTED if models != "all" else "all", "eu", guardrail)
    changes = {
        "policies": policies(*(one.to_dict() for one in documents)),
        "scope": "documented",
        "all_models": models == "all",
        "guardrail": GUARDRAIL if guardrail else None,
    } | changes
    return prove(subject(**changes))


def test_specific_models_can_be_called_and_no_others() -> None:
    proof = proof_of(LISTED)
    assert proof.holds is True
    assert decisions(proof, "a model that is not enabled is called") == {Decision.IMPLICITLY_DENIED}
    assert decisions(proof, "the profile of another geography is called") == {Decision.IMPLICITLY_DENIED}


def test_all_models_promise_nothing_about_models_and_still_nothing_but_inference() -> None:
    proof = proof_of("all")
    assert proof.holds is True
    claimed = {claim.what for claim in proof.claims if claim.group is Group.IMPOSSIBLE}
    assert "a model that is not enabled is called" not in claimed
    assert {"any other action is taken", "another kind of model is called"} <= claimed
    assert any("any model, in any region" in note for note in proof.notes)


def test_what_is_pinned_is_not_promised_by_the_page() -> None:
    failed = failures(proof_of(LISTED, scope="pinned"))
    assert failed == {
        "the model is called without its profile",
        "the model is called outside of its destinations",
        "the profile is called from another region",
        "whatever else the policies permit is done",
    }


@pytest.mark.parametrize("models", [LISTED, "all"])
def test_apply_guardrail_on_the_arns_of_models_matches_no_guardrail(
    models: Sequence[object] | Literal["all"],
) -> None:
    [claim] = failing(proof_of(models, guardrail=True))
    assert (claim.what, claim.resource) == ("the guardrail is applied", GUARDRAIL.arn)
    assert claim.decided is Decision.IMPLICITLY_DENIED
    assert f"it does not cover {GUARDRAIL.arn}" in claim.reason


def test_apply_guardrail_in_a_statement_of_its_own_does() -> None:
    own = document({"Action": "bedrock:ApplyGuardrail", "Resource": GUARDRAIL.arn})
    documents = [one.to_dict() for one in documented(LISTED, "eu", True)]
    assert proof_of(LISTED, guardrail=True, policies=policies(*documents, own)).holds is True


def test_the_trust_policy_without_external_id_admits_both_gateways_and_nobody_else() -> None:
    open_role = role(
        trust_policy=gateway_trust([GATEWAY, OTHER_GATEWAY]).to_dict(),
        gateways={"eu": GATEWAY, "us": OTHER_GATEWAY},
        external_ids=(),
        refused=(),
    )
    proof = proof_of(LISTED, identity=open_role)
    assert proof.holds is True
    assert decisions(proof, "another account assumes the role") == {Decision.IMPLICITLY_DENIED}
