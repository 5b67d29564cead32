import json

from tests.proof.subjects import (
    GATEWAY,
    REGION,
    document,
    holding,
    pinned_policies,
    region_deny,
    role,
    subject,
    under,
)

from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.proof import Policy, Proof, Unknown, prove, table


def lines(proof: Proof) -> list[str]:
    return table(proof).splitlines()


def test_a_proof_that_holds_is_short_and_says_so_last() -> None:
    told = lines(holding())
    assert told[0] == "Who may assume the role"
    assert told[-1].startswith("The proof holds: all ")
    assert len(told) < 50
    assert not [line for line in told if line.startswith(("  FAILS", "  unknown"))]


def test_alike_cells_are_one_line_with_their_number() -> None:
    told = table(holding())
    assert ["ok", "denied", "24", "a", "model", "that", "is", "not", "enabled", "is", "called"] in [
        line.split() for line in told.splitlines()
    ]
    [destinations] = [line for line in told.splitlines() if "claude-haiku" in line and "the model" in line]
    assert destinations.split()[:3] == ["ok", "allowed", "12"]


def test_failing_rows_name_regions_and_reasons_and_the_rest_stays_ok() -> None:
    told = table(prove(subject(scps=under(region_deny("eu-central-1", REGION)))))
    failed = told[told.index("  FAILS") :]
    assert (
        "denied     8   claude-sonnet-4-5-20250929: the model is called in eu-north-1, eu-south-1," in failed
    )
    assert "statement 1 (DenyOtherRegions) of SCP 'region-deny' denies it" in failed
    assert told.count("  FAILS") == 2
    assert told.splitlines()[-1].startswith("The proof FAILS: 16 of ")


def test_the_exemption_is_json_to_paste() -> None:
    proof = prove(subject(scps=under(region_deny(REGION))))
    told = lines(proof)
    start, end = told.index("["), told.index("]")
    assert json.loads("\n".join(told[start : end + 1])) == list(proof.exemptions[0].statements)
    assert told[start - 1] == "Put these statements in its place:"
    assert told[end + 1].startswith("Evaluated again: ")


def test_unknown_rows_say_what_is_unknown_and_the_end_says_incomplete() -> None:
    told = table(prove(subject(boundary=Policy("limits", Unknown("it may not be read: AccessDenied")))))
    assert "permissions boundary 'limits' is unknown: it may not be read: AccessDenied" in told
    assert told.splitlines()[-1].startswith("The proof is incomplete: ")


def test_fits_a_terminal() -> None:
    everything = prove(
        subject(
            identity=role(trust_policy=gateway_trust([GATEWAY]).to_dict()),
            policies=(*pinned_policies(), Policy("wide", document({}))),
            scps=under(region_deny(REGION)),
        )
    )
    told = lines(everything)
    start, end = told.index("["), told.index("]")
    assert max(len(line) for line in told[:start] + told[end:]) <= 110
    assert any("and 4" in line and " more" in line for line in told)


def test_an_arn_is_never_broken() -> None:
    name = "claude-" + "sonnet-" * 15
    model = f"arn:aws:bedrock:*::foundation-model/{name}"
    wide = Policy("wide", document({"Action": "bedrock:InvokeModel", "Resource": model}))
    assert name in table(prove(subject(policies=(wide,))))


def test_names_cannot_steer_the_terminal() -> None:
    model = "arn:aws:bedrock:*::foundation-model/\x1b[2J\x07clear"
    hostile = Policy("\x1b[2J", document({"Action": "bedrock:InvokeModel", "Resource": model}))
    told = table(prove(subject(policies=(hostile,))))
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "clear" in told
