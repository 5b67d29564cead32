"""The steps of a rotation, and what is resumed."""

import pytest

from port_byollm.cli import rotate

from .fake_stack import TODAY, Ending, FakeStack, run


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    monkeypatch.setattr(rotate, "make_place", lambda *_: None)
    return FakeStack({"auth": "access-keys"}, ["1"], section="accessKeys")


def test_access_key_is_one_update(keys: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 0, result.output
    assert keys.updates == [{"rotation": TODAY}]


def test_access_key_is_gone_on_with_while_the_old_one_is_there(
    keys: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.endings = [Ending.BEGUN, Ending.BEGUN]

    for _ in range(3):
        result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 0, result.output
    assert keys.updates == [{"rotation": TODAY}] * 3
    assert run(keys, monkeypatch, "access-key", "--yes").exit_code == 0
    assert keys.updates[-1] == {"rotation": f"{TODAY}-2"}


def test_a_new_key_that_is_declined_leaves_the_configuration_as_it_was(
    keys: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.endings = [Ending.DECLINED]
    keys.bedrock["accessKeys"] = {}

    assert run(keys, monkeypatch, "access-key").exit_code == 1

    assert keys.bedrock == {"auth": "access-keys", "accessKeys": {}}


def test_a_program_of_ones_own_is_left_alone_and_told_what_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    own = FakeStack({}, ["1"], section="accessKeys")

    refused = run(own, monkeypatch, "access-key", "--yes")

    assert refused.exit_code == 1
    assert "change access_key_rotation of its BedrockConnection" in refused.output
    assert (own.bedrock, own.updates) == ({}, [])


def test_an_update_that_rotated_nothing_is_no_rotation_and_the_configuration_is_put_back(
    keys: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.endings = [Ending.ELSEWHERE]
    keys.bedrock["accessKeys"] = {}

    result = run(keys, monkeypatch, "access-key", "--yes")

    assert result.exit_code == 1
    assert "The access key is rotated" not in result.output
    assert keys.bedrock == {"auth": "access-keys", "accessKeys": {}}
