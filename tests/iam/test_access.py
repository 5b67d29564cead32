"""What documents let whom do."""

import json

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.access import Access, Fact, Kind, by_name
from port_byollm.iam.invoke_policy import pinned
from port_byollm.iam.trust_policy import gateway_trust

EU, US = GATEWAY_PRINCIPALS["eu"], GATEWAY_PRINCIPALS["us"]
SONNET = "claude-sonnet-4-5-20250929"
SECRET = "Z5ebYTtk7wXF-P0ABsZeH5D"


def test_facts_hold_no_external_id() -> None:
    access = Access.by_trust(gateway_trust([EU, US], [SECRET]).to_json())

    assert access.to_dict() == {"principals": {EU: "yes", US: "yes"}}
    assert SECRET not in repr(access)
    assert Access.by_trust(gateway_trust([EU]).to_json()).to_dict()["withoutExternalId"] == {EU: "yes"}


def test_facts_of_policies_name_models_with_their_regions() -> None:
    found = Access.by_policies(
        [one.to_json() for one in pinned([SONNET], "eu", "eu-west-1", "111122223333", None)]
    ).to_dict()

    assert found["profiles"] == {f"eu.anthropic.{SONNET}-v1:0": "eu-west-1"}
    assert found["models"][f"anthropic.{SONNET}-v1:0"].startswith("eu-central-1, eu-north-1")
    assert "withoutProfile" not in found


def test_regions_that_are_none_have_words() -> None:
    statement = {"Effect": "Allow", "Action": "bedrock:InvokeModel"}
    resources = [f"arn:aws:bedrock:{region}::foundation-model/a.b" for region in ("", "xx-*")]
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": resources}]})

    assert Access.by_policies([document]).to_dict()["models"]["a.b"] == "any region, unspecified"


def test_pattern_swallows_what_it_covers_of_its_own_kind() -> None:
    facts = [Fact(kind, name, "eu-west-1") for kind in (Kind.MODEL, Kind.DIRECT) for name in ("a.b", "c.d")]

    found = by_name([*facts, Fact(Kind.MODEL, "a.*", "eu-west-1")])

    assert sorted((kind.name, name) for kind, name in found) == [
        ("DIRECT", "a.b"),
        ("DIRECT", "c.d"),
        ("MODEL", "a.*"),
        ("MODEL", "c.d"),
    ]
