"""Length of the role's sessions."""

from .conftest import Judge, role, trust_policy

ROLE = "aws:iam/role:Role"


def test_an_hour_passes(judge: Judge) -> None:
    assert judge(ROLE, role()) == []
    assert judge(ROLE, role(maxSessionDuration=3600)) == []


def test_longer_session_is_found(judge: Judge) -> None:
    assert judge(ROLE, role(maxSessionDuration=7200)) == [
        "maxSessionDuration: is 7200 seconds, but at most 3600 are accepted"
    ]


def test_number_written_as_a_text_is_read(judge: Judge) -> None:
    assert len(judge(ROLE, role(maxSessionDuration="7200"))) == 1


def test_limit_is_a_setting(judge: Judge) -> None:
    assert judge(ROLE, role(maxSessionDuration=7200), {"maxSeconds": 7200}) == []


def test_role_of_somebody_else_passes(judge: Judge) -> None:
    trust = trust_policy()
    trust["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}

    assert judge(ROLE, role(trust, maxSessionDuration=43200)) == []
