import asyncio
import copy
import pickle

import pytest

from port_byollm.errors import ConfigError, PortByollmError, spell, spelled


def test_config_error_is_a_sentence_with_a_way_out() -> None:
    error = ConfigError("region", "'mars' is no region", "use eu-west-1")
    assert str(error) == "region: 'mars' is no region; use eu-west-1"
    assert str(ConfigError("region", "not set")) == "region: not set"
    assert isinstance(error, PortByollmError)


def test_config_error_survives_copying_and_pickling() -> None:
    error = ConfigError("region", "not set", "set it")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 (our own bytes)
        assert (twin.field, twin.problem, twin.way_out) == ("region", "not set", "set it")


def capitals(field: str) -> str:
    return field if field.startswith("byollm:") else field.upper()


def in_section(field: str) -> str:
    return field if ":" in field else f"byollm:{field}"


def test_a_field_is_spelled_as_whoever_configured_it_knows_it() -> None:
    with spelled(in_section):
        error = ConfigError("region", "not set")
        with spelled(capitals):
            inner = ConfigError("region", "not set")
    assert (error.field, inner.field) == ("byollm:region", "byollm:REGION")
    assert (copy.copy(error).field, spell("region")) == ("byollm:region", "region")


def test_the_spelling_is_undone_where_an_error_leaves() -> None:
    with pytest.raises(ConfigError), spelled(in_section):
        raise ConfigError("region", "not set")
    assert spell("region") == "region"


async def test_a_field_is_spelled_so_in_what_goes_on_later() -> None:
    async def later() -> str:
        await asyncio.sleep(0)
        return spell("region")

    with spelled(in_section):
        task = asyncio.ensure_future(later())
    assert (await task, spell("region")) == ("byollm:region", "region")
