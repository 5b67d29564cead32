"""What documents let whom do."""

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.access import Access
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
