from datetime import date
from pathlib import Path

import pytest

from port_byollm.catalogue import (
    GEOGRAPHIES,
    all_models,
    destinations_of,
    find_model,
    geography_of_region,
    lookup,
    parse_model,
    source_regions,
)
from port_byollm.catalogue.overlay import Dates, Overlay
from port_byollm.errors import ConfigError

EU = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
SONNET = "claude-sonnet-4-5-20250929"
SONNET_ID = "anthropic.claude-sonnet-4-5-20250929-v1:0"


def answer(path: Path, overlay: Overlay) -> None:
    path.write_text(overlay.to_json())
    lookup.forget()


@pytest.mark.parametrize(
    ("name", "geography", "source", "destinations"),
    [
        (SONNET, "eu", "eu-west-1", EU),
        (SONNET, "us", "us-east-2", ("us-east-1", "us-east-2", "us-west-2")),
        (SONNET, "jp", "ap-northeast-1", ("ap-northeast-1", "ap-northeast-3")),
        (SONNET, "au", "ap-southeast-2", ("ap-southeast-2", "ap-southeast-4")),
        (SONNET, "au", "ap-southeast-6", ("ap-southeast-2", "ap-southeast-4", "ap-southeast-6")),
        (SONNET, "global", "eu-west-2", ("", "eu-west-2")),
        (SONNET, "eu", "us-east-1", ()),
        (SONNET, "apac", "ap-south-1", ()),
        ("claude-opus-4-6", "eu", "eu-west-1", ()),
    ],
)
def test_destinations(name: str, geography: str, source: str, destinations: tuple[str, ...]) -> None:
    assert parse_model(name).destinations(geography, source) == destinations


def test_apac_serves_sonnet_4_from_eight_regions() -> None:
    model = parse_model("claude-sonnet-4-20250514")
    assert len(model.destinations("apac", "ap-south-2")) == 8


def test_geographies_of_the_data_are_the_published_ones() -> None:
    assert {geography for model in all_models() for geography in model.profiles} == set(GEOGRAPHIES)
    assert all(source_regions(geography) for geography in GEOGRAPHIES)


def test_finds_by_name_and_by_bedrock_id() -> None:
    assert find_model(SONNET) == find_model(SONNET_ID)
    assert find_model("claude-sonnet-9") is None
    assert find_model("anthropic.claude-foo-v1:0") is None
    assert find_model("eu." + SONNET_ID) is None


@pytest.mark.parametrize(
    ("region", "geography"),
    [
        ("eu-west-1", "eu"),
        ("us-west-2", "us"),
        ("ap-northeast-1", "apac"),
        ("ap-southeast-6", "au"),
        ("eu-west-2", None),
    ],
)
def test_geography_of_region(region: str, geography: str | None) -> None:
    assert geography_of_region(region) == geography


def test_unknown_bedrock_id_passes_through_wherever_profiles_reach() -> None:
    model = parse_model("anthropic.claude-foo-v1:0")
    assert (model.name, model.bedrock_id, model.known) == (
        model.bedrock_id,
        "anthropic.claude-foo-v1:0",
        False,
    )
    assert model.destinations("eu", "eu-west-1") == EU


def test_profile_id_is_the_model_in_that_geography_alone() -> None:
    known, unknown = parse_model(f"eu.{SONNET_ID}"), parse_model("jp.anthropic.claude-foo")
    assert (known.name, known.geographies()) == (SONNET, ("eu",))
    assert (unknown.bedrock_id, unknown.geographies()) == ("anthropic.claude-foo", ("jp",))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "a model's name is empty"),
        (" \t", "a model's name is empty"),
        ("arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-foo", "'anthropic.claude-foo'"),
        ("gpt-5", "is not on Bedrock"),
        ("claude-sonnet-4-5", "did you mean 'claude-sonnet-4-5-20250929'"),
        ("Claude-Haiku-4-5-20251001", "did you mean 'claude-haiku-4-5-20251001'"),
        ("claude-sonnet-4.5", "did you mean"),
        ("llama", "use one of"),
        (f"{SONNET_ID}\n", "nor a Bedrock model id"),
        (" " + SONNET, "did you mean"),
        ("anthropic.claude-foo-v\u0661:0", "nor a Bedrock model id"),
        ("anthropic." + "x" * 63 + "." + "x" * 63 + ":" + "x" * 63, "nor a Bedrock model id"),
    ],
)
def test_rejects_what_is_no_model(name: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_model(name, field="bedrock.models")
    assert str(raised.value).startswith("bedrock.models: ")
    assert expected in str(raised.value)


def test_retired_models_are_not_proposed() -> None:
    with pytest.raises(ConfigError) as raised:
        parse_model("llama")
    assert SONNET in raised.value.way_out
    assert "claude-sonnet-4-20250514" not in raised.value.way_out


def test_account_adds_reroutes_and_withdraws_profiles_in_the_region_that_was_asked(
    overlay_path: Path,
) -> None:
    answer(
        overlay_path,
        Overlay(
            regions={
                "eu-west-1": {
                    f"eu.{SONNET_ID}": ("eu-west-1", "eu-west-4"),
                    "eu.anthropic.claude-opus-4-6-v1": ("eu-west-1",),
                }
            }
        ),
    )
    sonnet = parse_model(SONNET)
    assert sonnet.destinations("eu", "eu-west-1") == ("eu-west-1", "eu-west-4")
    assert sonnet.destinations("global", "eu-west-1") == ()
    assert sonnet.destinations("eu", "eu-central-1") == EU
    assert parse_model("claude-opus-4-6").destinations("eu", "eu-west-1") == ("eu-west-1",)
    assert parse_model("claude-haiku-4-5-20251001").destinations("eu", "eu-west-1") == ()
    assert destinations_of("eu", "eu-west-1") == (*EU, "eu-west-4")


def test_account_makes_a_bedrock_id_known(overlay_path: Path) -> None:
    answer(overlay_path, Overlay(regions={"eu-west-2": {"eu.amazon.nova-9-v1:0": ("eu-west-2",)}}))
    model = find_model("amazon.nova-9-v1:0")
    assert model is not None
    assert model.known
    assert model.destinations("eu", "eu-west-2") == ("eu-west-2",)
    assert "eu-west-2" in source_regions("eu")


def test_accounts_dates_win(overlay_path: Path) -> None:
    answer(overlay_path, Overlay(models={SONNET_ID: Dates(legacy=date(2027, 1, 2))}))
    assert parse_model(SONNET).legacy == date(2027, 1, 2)


def test_overlay_that_cannot_be_read_is_named(overlay_path: Path) -> None:
    overlay_path.write_text('{"regions": []}')
    with pytest.raises(ConfigError, match=r"catalogue\.json: is not a model catalogue.*models refresh"):
        parse_model(SONNET)
