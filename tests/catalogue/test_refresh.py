"""Against botocore's Stubber, which holds requests and answers to the service's own model."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.stub import Stubber

from port_byollm.catalogue import find_model, overlay, parse_model
from port_byollm.catalogue.overlay import Dates, Overlay
from port_byollm.catalogue.refresh import refresh
from port_byollm.errors import ConfigError

ACCOUNT = "111122223333"
REGION = "eu-west-1"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
SONNET_4 = "anthropic.claude-sonnet-4-20250514-v1:0"
TODAY = date(2026, 11, 1)


@pytest.fixture
def bedrock() -> Iterator[tuple[boto3.Session, Stubber]]:
    client = boto3.client(
        "bedrock", region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )
    session = Mock(spec=boto3.Session)
    session.client.return_value = client
    with Stubber(client) as stubber:
        yield session, stubber
        stubber.assert_no_pending_responses()
        session.client.assert_called_with("bedrock", region_name=REGION)


def profile(profile_id: str, *regions: str) -> dict[str, Any]:
    model = profile_id.partition(".")[2]
    return {
        "inferenceProfileName": "name",
        "inferenceProfileArn": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{profile_id}",
        "inferenceProfileId": profile_id,
        "models": [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}"} for region in regions],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def model(model_id: str, **lifecycle: Any) -> dict[str, Any]:
    return {
        "modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/{model_id}",
        "modelId": model_id,
        "modelLifecycle": lifecycle or {"status": "ACTIVE"},
    }


def answer(stubber: Stubber, pages: list[list[dict[str, Any]]], models: list[dict[str, Any]]) -> None:
    for number, page in enumerate(pages):
        request = {"typeEquals": "SYSTEM_DEFINED"} | ({"nextToken": str(number)} if number else {})
        more = {"nextToken": str(number + 1)} if number + 1 < len(pages) else {}
        stubber.add_response("list_inference_profiles", {"inferenceProfileSummaries": page} | more, request)
    stubber.add_response("list_foundation_models", {"modelSummaries": models}, {})


def test_look_ups_answer_as_the_account_does(
    bedrock: tuple[boto3.Session, Stubber], overlay_path: Path
) -> None:
    session, stubber = bedrock
    answer(
        stubber,
        [
            [profile(f"eu.{SONNET}", "eu-west-1", "eu-central-1")],
            [profile(f"global.{SONNET}", "", "eu-west-1"), profile("eu.amazon.nova-9-v1:0", "eu-west-1")],
        ],
        [
            model(SONNET),
            model(
                "amazon.nova-9-v1:0",
                status="LEGACY",
                legacyTime=datetime(2026, 6, 1, tzinfo=UTC),
                endOfLifeTime=datetime(2026, 12, 1, tzinfo=UTC),
            ),
        ],
    )
    result = refresh(session, REGION, today=TODAY)
    assert result.path == overlay_path
    assert result.added == ("eu.amazon.nova-9-v1:0",)
    assert result.rerouted == (f"eu.{SONNET}",)
    assert set(result.withdrawn) == {
        f"{geography}.anthropic.claude-{name}-v1:0"
        for geography in ("eu", "global")
        for name in ("sonnet-4-20250514", "haiku-4-5-20251001")
    }
    assert result.dates == {"amazon.nova-9-v1:0": Dates(date(2026, 6, 1), date(2026, 12, 1))}

    sonnet, nova = parse_model("claude-sonnet-4-5-20250929"), find_model("amazon.nova-9-v1:0")
    assert sonnet.destinations("eu", REGION) == ("eu-central-1", "eu-west-1")
    assert sonnet.destinations("global", REGION) == ("", "eu-west-1")
    assert nova is not None
    assert nova.end_of_life == date(2026, 12, 1)


def test_summary_says_what_changed(bedrock: tuple[boto3.Session, Stubber]) -> None:
    session, stubber = bedrock
    answer(stubber, [[profile("global.amazon.nova-9-v1:0", "", REGION)]], [])
    text = str(refresh(session, REGION, today=TODAY))
    assert text.startswith("eu-west-1: 1 inference profiles, written to ")
    assert "new: global.amazon.nova-9-v1:0, to any commercial region, eu-west-1" in text
    assert f"withdrawn: eu.{SONNET}" in text


def test_second_refresh_changes_nothing_and_keeps_other_regions(
    bedrock: tuple[boto3.Session, Stubber], overlay_path: Path
) -> None:
    session, stubber = bedrock
    overlay_path.write_text(Overlay(regions={"us-east-1": {"us.x.y": ("us-east-1",)}}).to_json())
    for _ in range(2):
        answer(stubber, [[profile(f"eu.{SONNET}", "eu-west-1")]], [model(SONNET_4, status="LEGACY")])
    refresh(session, REGION, today=TODAY)
    written = overlay_path.read_text()
    assert "nothing has changed" in str(refresh(session, REGION, today=TODAY))
    assert overlay_path.read_text() == written
    assert overlay.read(overlay_path).regions.keys() == {"us-east-1", REGION}


@pytest.mark.parametrize(
    ("model_id", "since"), [(SONNET_4, date(2026, 4, 14)), ("amazon.nova-9-v1:0", TODAY)]
)
def test_legacy_without_a_date_is_since_it_is_known(
    bedrock: tuple[boto3.Session, Stubber], overlay_path: Path, model_id: str, since: date
) -> None:
    session, stubber = bedrock
    answer(stubber, [[]], [model(model_id, status="LEGACY")])
    refresh(session, REGION, today=TODAY)
    assert overlay.read(overlay_path).models[model_id].legacy == since


def test_file_that_cannot_be_written_is_named(
    bedrock: tuple[boto3.Session, Stubber], overlay_path: Path
) -> None:
    session, stubber = bedrock
    answer(stubber, [[]], [])
    overlay_path.with_name(overlay_path.name + ".draft").mkdir()
    with pytest.raises(ConfigError, match=r"cannot be written .*PORT_BYOLLM_CATALOGUE"):
        refresh(session, REGION)
