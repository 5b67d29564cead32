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
