"""The steps of a rotation, and what is resumed."""

from typing import Any

import pytest

from .fake_stack import TODAY, Ending, FakeStack, run

SOON = "2026-03-17"
DONE = {"rotation": TODAY, "keepPrevious": False}


@pytest.fixture
def stack() -> FakeStack:
    return FakeStack({"geography": "eu", "externalId": {"rotation": "1"}}, ["1"])


def test_external_id_trusts_both_values_and_then_the_new_one_alone(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 0, result.output
    both = {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.updates == [both, DONE]
    assert stack.bedrock["externalId"] == DONE
    assert [line[:5] for line in result.output.splitlines() if line.startswith("[")] == [
        "[1/4]",
        "[2/4]",
        "[3/4]",
        "[4/4]",
    ]


def test_without_yes_the_engine_shows_a_preview_and_asks(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(stack, monkeypatch, "external-id")

    assert stack.arguments == [("up",), ("up",)]


def test_until_leaves_both_values_trusted_for_the_next_run_to_drop_the_old_one(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(stack, monkeypatch, "external-id", "--yes", "--until", SOON)

    assert result.exit_code == 0, result.output
    kept = {"rotation": TODAY, "keepPrevious": True, "previousUntil": SOON}
    assert stack.updates == [kept]

    assert run(stack, monkeypatch, "external-id", "--yes").exit_code == 0

    assert stack.updates == [kept, kept, DONE]
    assert stack.bedrock["externalId"] == DONE


def test_until_a_day_in_the_past_is_refused(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(stack, monkeypatch, "external-id", "--until", "2020-01-01")

    assert result.exit_code == 1
    assert "2020-01-01 is in the past" in result.output
    assert stack.updates == []


@pytest.mark.parametrize(
    "endings",
    [
        [Ending.BEGUN],
        [Ending.WELL, Ending.BEGUN],
        [Ending.BEGUN, Ending.BEGUN, Ending.WELL, Ending.DECLINED],
    ],
)
def test_an_update_that_fails_is_gone_on_with(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, endings: list[Ending]
) -> None:
    stack.endings = list(endings)

    for _ in range(len(endings) - endings.count(Ending.WELL)):
        failed = run(stack, monkeypatch, "external-id", "--yes")
        assert failed.exit_code == 1
    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 0, result.output
    assert {update["rotation"] for update in stack.updates} == {TODAY}, "one rotation, not several"
    assert stack.bedrock["externalId"] == DONE
    assert stack.rotations == [TODAY]


def test_an_update_that_is_declined_leaves_the_configuration_as_it_was(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.endings = [Ending.DECLINED, Ending.WELL, Ending.DECLINED]

    declined = run(stack, monkeypatch, "external-id")

    assert declined.exit_code == 1
    assert "the configuration is restored" in declined.output
    assert stack.bedrock == {"geography": "eu", "externalId": {"rotation": "1"}}

    declined = run(stack, monkeypatch, "external-id")  # at the last step

    assert declined.exit_code == 1
    both = {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.bedrock["externalId"] == both


@pytest.mark.parametrize("by_hand", [{"previousUntil": SOON}, {"previousUntil": SOON, "keepPrevious": False}])
def test_a_last_day_that_was_set_by_hand_is_no_rotation(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, by_hand: dict[str, Any]
) -> None:
    stack.bedrock["externalId"] |= by_hand

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert f"[1/4] configure the rotation {TODAY}" in result.output
    assert stack.updates[0] == {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}
    assert stack.bedrock["externalId"] == DONE


def test_a_rotation_by_hand_that_left_the_old_value_trusted_is_brought_to_its_end(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.bedrock["externalId"] = {"rotation": "mine", "previousUntil": SOON}
    stack.rotations = ["1", "mine"]

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert "[1/4] continue the rotation mine" in result.output
    assert [update.get("previousUntil") for update in stack.updates] == [SOON, None]
    assert stack.rotations == ["mine"]


def test_a_rotation_that_was_configured_by_hand_is_gone_on_with(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.bedrock["externalId"] = {"rotation": "mine"}

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert "[1/4] continue the rotation mine" in result.output
    assert stack.bedrock["externalId"] == {"rotation": "mine", "keepPrevious": False}


def test_a_rotation_after_one_is_another_one(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        assert run(stack, monkeypatch, "external-id", "--yes").exit_code == 0

    assert list(dict.fromkeys(update["rotation"] for update in stack.updates)) == [
        TODAY,
        f"{TODAY}-2",
        f"{TODAY}-3",
    ]


def test_the_first_rotation_need_not_be_configured(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    del stack.bedrock["externalId"]

    assert run(stack, monkeypatch, "external-id", "--yes").exit_code == 0

    assert stack.bedrock["externalId"]["rotation"] == TODAY


def test_nothing_to_rotate_before_the_first_update(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.rotations = []

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 1
    assert "pulumi up --stack dev" in result.output
    assert stack.bedrock["externalId"] == {"rotation": "1"}


@pytest.mark.parametrize(
    ("auth", "asked", "instead"),
    [("access-keys", "external-id", "access-key"), ("role", "access-key", "external-id")],
)
def test_the_other_way_to_sign_in_is_named(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, auth: str, asked: str, instead: str
) -> None:
    stack.bedrock["auth"] = auth

    result = run(stack, monkeypatch, asked)

    assert result.exit_code == 1
    assert f"use `port-byollm rotate {instead}`" in result.output


@pytest.mark.parametrize("rotations", [["1"], []], ids=["deployed", "not deployed"])
def test_a_program_of_ones_own_is_left_alone_and_told_what_to_change(
    monkeypatch: pytest.MonkeyPatch, rotations: list[str]
) -> None:
    own = FakeStack({}, rotations)

    refused = run(own, monkeypatch, "external-id", "--yes")

    assert refused.exit_code == 1
    assert "byollm:bedrock: the stack dev does not configure and manage it; in a program of" in refused.output
    assert "change external_id_rotation of its BedrockConnection" in refused.output
    assert (own.bedrock, own.updates) == ({}, [])


@pytest.mark.parametrize("well", [0, 1])
def test_an_update_that_rotated_nothing_is_no_rotation_and_the_configuration_is_put_back(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, well: int
) -> None:
    stack.endings = [*[Ending.WELL] * well, Ending.ELSEWHERE]
    before = [{"rotation": "1"}, {"rotation": TODAY, "keepPrevious": True, "previousUntil": TODAY}]

    result = run(stack, monkeypatch, "external-id", "--yes")

    assert result.exit_code == 1
    assert "The external ID is rotated" not in result.output
    assert "does not read it. The configuration is restored" in result.output
    assert stack.bedrock["externalId"] == before[well]
