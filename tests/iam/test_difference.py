"""What a change of documents changes, by what the evaluator decides."""

import json
from typing import Any

import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.difference import Difference, policies_difference, trust_difference
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.iam.trust_policy import gateway_trust

EU, US = GATEWAY_PRINCIPALS["eu"], GATEWAY_PRINCIPALS["us"]
ACCOUNT, REGION = "111122223333", "eu-west-1"
SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
SONNET_ID, HAIKU_ID = f"anthropic.{SONNET}-v1:0", f"anthropic.{HAIKU}-v1:0"
GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/gr7ac3dm1n0x"
SECRET, ANOTHER = "Z5ebYTtk7wXF-P0ABsZeH5D", "aN0ther-external-id"


def trust(*principals: str, accepts: tuple[str, ...] = (SECRET,)) -> str:
    return gateway_trust(principals, accepts).to_json()


def invoke(*models: str, guardrail: str | None = None) -> list[str]:
    demanded = Guardrail(guardrail, "1") if guardrail else None
    return [one.to_json() for one in pinned([*models], "eu", REGION, ACCOUNT, demanded)]


def changed(document: str, **elements: Any) -> str:
    """`document` with other elements in its one statement."""
    parsed = json.loads(document)
    parsed["Statement"][0] |= elements
    return json.dumps(parsed)


def allowing(action: str | list[str], resource: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def denying(action: str, **more: Any) -> str:
    statement = {"Effect": "Deny", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_swapped_principal() -> None:
    assert trust_difference(trust(EU), trust(US)) == Difference((f"principal {US}",), (f"principal {EU}",))


def test_another_account_that_is_let_in() -> None:
    found = trust_difference(trust(EU), changed(trust(EU), Principal={"AWS": [EU, "444455556666"]}))

    assert found.gained == ("principal anyone of account 444455556666",)
    assert (found.lost, found.others) == ((), ())


def test_another_action_on_the_role() -> None:
    tagging = changed(trust(EU), Action=["sts:AssumeRole", "sts:TagSession"])

    assert trust_difference(trust(EU), tagging) == Difference(gained=("sts:TagSession",))


def test_a_principal_pattern_and_a_service() -> None:
    everyone = trust_difference(trust(EU), changed(trust(EU), Principal="*"))
    service = changed(trust(EU), Principal={"AWS": EU, "Service": "lambda.amazonaws.com"})

    assert "principal anyone of any account" in everyone.gained
    assert trust_difference(trust(EU), service).gained == ("principal Service lambda.amazonaws.com",)


def test_a_principal_whose_whole_account_is_let_in_is_not_lost() -> None:
    one = "arn:aws:iam::444455556666:role/gateway"

    found = trust_difference(trust(one), changed(trust(one), Principal={"AWS": "444455556666"}))

    assert found == Difference(gained=("principal anyone of account 444455556666",))


def test_a_denied_principal_is_lost() -> None:
    document = json.loads(trust(EU, US))
    document["Statement"].append({"Effect": "Deny", "Principal": {"AWS": US}, "Action": "sts:AssumeRole"})

    assert trust_difference(trust(EU, US), json.dumps(document)).lost == (f"principal {US}",)


def test_an_external_id_that_is_not_demanded_any_more_and_again() -> None:
    found = trust_difference(trust(EU), trust(EU, accepts=()))

    assert found == Difference(gained=(f"assumption without an external ID by {EU}",))
    assert trust_difference(trust(EU, accepts=()), trust(EU)).lost == found.gained


@pytest.mark.parametrize(
    ("accepts", "said"),
    [
        ((ANOTHER,), "1 accepted now, 1 accepted no longer"),
        ((SECRET, ANOTHER), "1 accepted now, 1 accepted as before"),
    ],
)
def test_another_external_id_is_told_without_a_value(accepts: tuple[str, ...], said: str) -> None:
    found = trust_difference(trust(EU), trust(EU, accepts=accepts))

    assert found == Difference(others=(f"external ID changed: {said}",))


def test_a_condition_that_no_fact_is_about() -> None:
    condition = {"StringEquals": {"sts:ExternalId": SECRET}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}

    [said] = trust_difference(trust(EU), changed(trust(EU), Condition=condition)).others

    assert "allowed no longer that depend on further conditions" in said


def test_a_role_that_is_new_and_one_that_goes() -> None:
    assert f"principal {EU}" in trust_difference(None, trust(EU)).gained
    assert f"principal {EU}" in trust_difference(trust(EU), None).lost


def test_a_document_that_cannot_be_judged_is_said_to_change_and_its_values_are_not() -> None:
    wrong = changed(trust(EU), Principal={"AWS": SECRET})

    [said] = trust_difference(trust(EU), wrong).others

    assert said.startswith("It changes, and cannot be compared: ")
    assert "is not an ARN" in said
    assert SECRET not in said


def test_a_model_that_is_added() -> None:
    found = policies_difference(invoke(SONNET), invoke(SONNET, HAIKU))

    regions = "eu-central-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-3"
    model, profile = f"model {HAIKU_ID} in {regions}", f"profile eu.{HAIKU_ID} in eu-west-1"
    assert found == Difference(gained=(model, profile))
    assert policies_difference(invoke(SONNET, HAIKU), invoke(SONNET)) == Difference(lost=(model, profile))


def test_a_region_that_is_lost() -> None:
    old = invoke(SONNET, HAIKU)
    new = [text.replace(f"eu-north-1::foundation-model/{HAIKU_ID}", "eu-west-1:x") for text in old]
    assert old != new

    assert policies_difference(old, new).lost == (f"model {HAIKU_ID} in eu-north-1",)


def test_a_region_that_is_denied_is_lost() -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-north-1"}}
    deny = denying("bedrock:*", Condition=condition)

    assert policies_difference(invoke(SONNET), [*invoke(SONNET), deny]).lost == (
        f"model {SONNET_ID} in eu-north-1",
    )


def test_a_guardrail_that_is_demanded_now() -> None:
    found = policies_difference(invoke(SONNET), invoke(SONNET, guardrail=GUARDRAIL))

    assert found.lost == (f"{SONNET_ID} without a guardrail", f"eu.{SONNET_ID} without a guardrail")
    assert found.gained == (f"bedrock:ApplyGuardrail on {GUARDRAIL}",)
    assert found.others == ()


def test_another_guardrail() -> None:
    other = GUARDRAIL[:-1] + "y"

    found = policies_difference(invoke(SONNET, guardrail=GUARDRAIL), invoke(SONNET, guardrail=other))

    assert f"calls under guardrail {other}:1" in found.gained
    assert f"calls under guardrail {GUARDRAIL}:1" in found.lost


def test_any_model_swallows_those_that_it_covers() -> None:
    everything = [one.to_json() for one in documented("all", "eu", False)]

    found = policies_difference(invoke(SONNET), everything)

    assert [phrase for phrase in found.gained if phrase.startswith("model * in")]
    assert not [phrase for phrase in found.gained if SONNET in phrase or HAIKU in phrase]


def test_a_condition_that_takes_something_out() -> None:
    [old] = invoke(SONNET)
    new = json.loads(old)
    for statement in new["Statement"]:
        statement.setdefault("Condition", {})["StringNotEquals"] = {"aws:SourceVpc": "vpc-1"}

    [said] = policies_difference([old], [json.dumps(new)]).others

    assert "allowed no longer that depend on further conditions" in said


def test_an_action_that_has_nothing_to_do_with_models() -> None:
    found = policies_difference(invoke(SONNET), [*invoke(SONNET), allowing("iam:PassRole", "*")])

    assert found.gained == ("iam:PassRole on *",)


def test_all_actions_of_services_take_a_line_each() -> None:
    found = policies_difference(invoke(SONNET), [*invoke(SONNET), allowing(["bedrock:*", "s3:*"], "*")])

    on_everything = [phrase for phrase in found.gained if " on * (" in phrase]
    assert [phrase.partition(" ")[0] for phrase in on_everything] == ["bedrock:*", "s3:*"]
    assert "DeleteGuardrail" in on_everything[0]
    assert f"model {SONNET_ID} in eu-central-1" not in str(found)
    assert any(phrase.startswith("model * in ") for phrase in found.gained)
    assert len(found.gained) < 40
    back = policies_difference([*invoke(SONNET), allowing(["bedrock:*", "s3:*"], "*")], invoke(SONNET))
    assert back.lost == found.gained


def test_a_boundary_counts_too() -> None:
    wide, narrow = allowing("*", "*"), denying("bedrock:*")

    found = policies_difference(invoke(SONNET), invoke(SONNET), wide, narrow)

    assert f"profile eu.{SONNET_ID} in eu-west-1" in found.lost
    assert not found.gained


def test_what_is_merely_written_otherwise() -> None:
    [old] = invoke(SONNET, HAIKU)
    parsed = json.loads(old)
    parsed["Statement"].reverse()

    [said] = policies_difference([old], [json.dumps(parsed)]).others

    assert said.startswith("Only the text changes: the decision on each of the ")
    assert not policies_difference([old], [json.dumps(json.loads(old), indent=8)])
