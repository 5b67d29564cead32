import pytest

from port_byollm.iam.evaluator import actions


@pytest.mark.parametrize(
    "action",
    [
        "bedrock:InvokeModel",
        "bedrock:invokemodelwithresponsestream",
        "bedrock:ApplyGuardrail",
        "bedrock:CallWithBearerToken",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "iam:PassRole",
        "aws-marketplace:Subscribe",
        "aws-marketplace:ViewSubscriptions",
        "secretsmanager:GetSecretValue",
        "S3:GetObject",
        "kms:Decrypt",
    ],
)
def test_knows_an_action(action: str) -> None:
    assert actions.problem_with(action) is None


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ("bedrock:Converse", "IAM authorizes it as bedrock:InvokeModel"),
        ("bedrock:StartAsyncInvoke", "IAM authorizes it as bedrock:InvokeModel"),
        ("s3:ListObjectsV2", "IAM authorizes it as s3:ListBucket"),
        ("bedrock:InvokeModels", "is not an action of bedrock"),
        ("bedrock-runtime:InvokeModel", "no service has the prefix 'bedrock-runtime'"),
    ],
)
def test_knows_what_is_none(action: str, problem: str) -> None:
    assert problem in (actions.problem_with(action) or "")


def test_what_an_operation_is_judged_as_exists_and_is_not_itself_renamed() -> None:
    assert [instead for instead in actions.JUDGED_AS.values() if actions.problem_with(instead)] == []
    assert all(actions.problem_with(action) for action in actions.JUDGED_AS)


def test_the_actions_of_assuming_a_role_exist() -> None:
    assert [action for action in actions.ASSUME_ROLE if actions.problem_with(action)] == []


def test_names_the_actions_that_a_pattern_matches() -> None:
    assert set(actions.existing("Bedrock:invokemodel*")) == {
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
    }
    assert actions.existing("bedrock:InvokeModel") == ("bedrock:InvokeModel",)
    assert actions.existing("none:*") == ()
