import copy
import pickle

from port_byollm.errors import ConfigError, PortByollmError


def test_config_error_is_a_sentence_with_a_way_out() -> None:
    error = ConfigError("region", "'mars' is no region", "use eu-west-1")
    assert str(error) == "region: 'mars' is no region; use eu-west-1"
    assert str(ConfigError("region", "not set")) == "region: not set"
    assert isinstance(error, PortByollmError)


def test_config_error_survives_copying_and_pickling() -> None:
    error = ConfigError("region", "not set", "set it")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 (our own bytes)
        assert (twin.field, twin.problem, twin.way_out) == ("region", "not set", "set it")
