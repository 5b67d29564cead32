"""Keys that last."""

from .conftest import Judge, registration


def test_registration_by_role_passes(judge: Judge) -> None:
    assert judge("port-byollm:index:LlmProvider", registration()) == []


def test_access_key_is_found(judge: Judge) -> None:
    assert judge("aws:iam/accessKey:AccessKey", {"user": "u"}) == ["is an access key, which never expires"]


def test_registration_by_access_key_is_found(judge: Judge) -> None:
    config = {"accessKeyIdSecretName": "a", "secretAccessKeySecretName": "b", "region": "eu-west-1"}

    assert judge("port-byollm:index:LlmProvider", registration(config=config)) == [
        "config.accessKeyIdSecretName: Port's gateway uses an access key"
    ]
