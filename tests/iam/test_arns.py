import pytest

from port_byollm.iam import arns


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "arn:aws:bedrock:eu-west-1::foundation-model/a.b"),
        ("", "arn:aws:bedrock:::foundation-model/a.b"),
        ("*", "arn:aws:bedrock:*::foundation-model/a.b"),
        ("us-gov-west-1", "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/a.b"),
        ("cn-north-1", "arn:aws-cn:bedrock:cn-north-1::foundation-model/a.b"),
    ],
)
def test_foundation_model(region: str, expected: str) -> None:
    assert arns.foundation_model(region, "a.b") == expected


def test_inference_profile() -> None:
    expected = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.a.b-v1:0"
    assert arns.inference_profile("eu-west-1", "111122223333", "eu.a.b-v1:0") == expected


def test_parse_keeps_colons_in_the_resource() -> None:
    text = "arn:aws:bedrock:eu-west-1::foundation-model/a.b-v1:0"
    arn = arns.parse(text)
    assert arn == ("aws", "bedrock", "eu-west-1", "", "foundation-model/a.b-v1:0")
    assert str(arn) == text


@pytest.mark.parametrize(
    "text", ["", "*", "arn", "arn:aws:iam::111122223333", "urn:aws:iam::1:role/x", "arn::iam::1:x"]
)
def test_parse_refuses_what_is_no_arn(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ARN"):
        arns.parse(text)


@pytest.mark.parametrize(
    "account", ["11112222333", "1111222233334", "11112222333x", "111122223333\n", "\u0661" * 12]
)
def test_account_is_twelve_ascii_digits(account: str) -> None:
    assert arns.is_account("111122223333")
    assert not arns.is_account(account)
