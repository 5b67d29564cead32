from port_byollm.catalogue import (
    ALL_MODEL_NAMES,
    GATEWAY_PRINCIPALS,
    PROVIDERS,
    SYSTEM_DEFAULT,
    find_model,
    models_for,
)


def test_put_overrides_names_in_the_order_of_the_openapi() -> None:
    assert ALL_MODEL_NAMES == (
        "gpt-5",
        "claude-sonnet-4-20250514",
        "claude-haiku-4-5-20251001",
        "claude-sonnet-4-5-20250929",
    )


def test_models_of_each_provider() -> None:
    assert models_for("bedrock") == models_for("anthropic") == ALL_MODEL_NAMES[1:]
    assert models_for("openai") == models_for("azure-openai") == ("gpt-5",)
    assert models_for("port") == ALL_MODEL_NAMES
    assert models_for("vertex-gemini") == models_for("not-a-provider") == ()


def test_every_name_of_ports_is_in_the_catalogue() -> None:
    for provider in PROVIDERS:
        for name in models_for(provider):
            assert find_model(name) is not None


def test_system_default_is_no_model_that_is_retired() -> None:
    provider, name = SYSTEM_DEFAULT
    model = find_model(name)
    assert name in models_for(provider)
    assert model is not None
    assert model.legacy is None


def test_gateway_principals_in_the_order_of_the_setup_page() -> None:
    assert list(GATEWAY_PRINCIPALS) == ["eu", "us"]
    for principal, region in zip(GATEWAY_PRINCIPALS.values(), ("eu-west-1", "us-east-1"), strict=True):
        assert principal == f"arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-{region}"
