"""The way out in errors about AWS credentials."""


def sign_in(account: str | None) -> str:
    """Return how to sign in to `account`, or if it is None, to the intended account."""
    whose = f"the AWS account {account}" if account else "the intended AWS account"
    return f"sign in to {whose} (`aws sso login`, AWS_PROFILE, …)"
