"""Actions in few words: what is said is what there is."""

from port_byollm.iam.action_patterns import in_few_words
from port_byollm.iam.evaluator import actions

GET = actions.existing("bedrock:Get*")


def test_few_are_named() -> None:
    assert [*in_few_words(["s3:GetObject", "iam:PassRole"], " on *")] == [
        "iam:PassRole on *",
        "s3:GetObject on *",
    ]


def test_a_whole_service_is_one_phrase_that_names_what_tells_most() -> None:
    phrase, *rest = in_few_words(actions.existing("bedrock:*"), " on *")

    assert phrase.startswith("bedrock:* on * (")
    assert phrase.endswith(
        " actions, among them CreateModelInvocationJob, DeleteGuardrail, InvokeAgent, "
        "PutModelInvocationLoggingConfiguration)"
    )
    assert rest == [
        "bedrock:ApplyGuardrail on *",
        "bedrock:InvokeModel on *",
        "bedrock:InvokeModelWithResponseStream on *",
    ]


def test_all_that_begins_alike_is_one_phrase() -> None:
    assert [*in_few_words([*GET, "bedrock:CreateAgent"])] == [
        f"bedrock:Get* ({len(GET)} actions)",
        "bedrock:CreateAgent",
    ]


def test_a_pattern_never_says_more_than_there_is() -> None:
    assert [*in_few_words(GET[1:])] == sorted(GET[1:])
