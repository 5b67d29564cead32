import json

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference
from pulumi.runtime import rpc

from port_byollm.plugin.values import UNKNOWN, has_secret, has_unknown, plain, secrets_in, wrap


def over_the_wire(value: PropertyValue) -> PropertyValue:
    return PropertyValue.unmarshal(value.marshal())


def test_whole_floats_become_ints_and_others_stay() -> None:
    value = PropertyValue([PropertyValue(3600.0), PropertyValue(0.5), PropertyValue(True)])
    assert json.dumps(plain(value)) == "[3600, 0.5, true]"


def test_secrets_are_unwrapped_at_every_depth() -> None:
    value = {"a": PropertyValue({"b": PropertyValue("hidden", is_secret=True)}, is_secret=True)}
    assert plain(value) == {"a": {"b": "hidden"}}


@pytest.mark.parametrize("value", [PropertyValue(Computed()), PropertyValue(rpc.UNKNOWN)])
def test_computed_becomes_unknown(value: PropertyValue) -> None:
    assert plain({"a": PropertyValue([value])}) == {"a": [UNKNOWN]}


def test_unknown_survives_the_wire_as_the_sdk_writes_it() -> None:
    assert json_format.MessageToDict(wrap(UNKNOWN).marshal()) == rpc.UNKNOWN
    assert plain(over_the_wire(wrap({"a": UNKNOWN}))) == {"a": UNKNOWN}


def test_unknown_secret_stays_both() -> None:
    value = over_the_wire(wrap(UNKNOWN, secret=True))
    assert value.is_secret
    assert plain(value) is UNKNOWN


def test_resource_reference_is_its_id() -> None:
    assert plain(PropertyValue(ResourceReference("urn", PropertyValue("the-id")))) == "the-id"


@pytest.mark.parametrize("resource_id", [None, PropertyValue(""), PropertyValue(rpc.UNKNOWN)])
def test_resource_reference_without_an_id_yet_is_unknown(resource_id: PropertyValue | None) -> None:
    assert plain(PropertyValue(ResourceReference("urn", resource_id))) is UNKNOWN


def test_wrap_marks_the_whole_value_as_a_secret() -> None:
    assert wrap({"a": 1}, secret=True) == PropertyValue({"a": PropertyValue(1.0)}, is_secret=True)


def test_wrap_keeps_a_property_value_within_plain_data() -> None:
    inner = PropertyValue("hidden", is_secret=True)
    assert has_secret(wrap({"a": ["b", inner]}))
    assert not has_secret(wrap({"a": ["b"]}))
    assert has_secret({"x": wrap("a"), "y": wrap("b", secret=True)})


def test_texts_within_secrets_are_found_at_every_depth() -> None:
    secret = wrap({"a": ["one", 2], "b": {"c": "two"}}, secret=True)
    assert secrets_in({"x": wrap(["open", {"y": secret}]), "z": wrap("three", secret=True)}) == {
        "one",
        "two",
        "three",
    }


def test_wrap_refuses_what_a_property_cannot_hold() -> None:
    with pytest.raises(TypeError):
        wrap({"a": {1, 2}})


def test_has_unknown_looks_into_containers() -> None:
    assert has_unknown({"a": [1, {"b": UNKNOWN}]})
    assert not has_unknown({"a": [1, {"b": None}]})


leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.just(UNKNOWN)
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(trees)
def test_plain_data_survives_the_wire(data: object) -> None:
    assert plain(over_the_wire(wrap(data))) == data
