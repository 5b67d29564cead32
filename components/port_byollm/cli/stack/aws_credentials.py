"""What to say where AWS does not answer as somebody who may ask."""


def sign_in(account: str | None) -> str:
    """The way out, for the account that is meant."""
    whose = f"the AWS account {account}" if account else "the AWS account that is meant"
    return f"sign in to {whose} (`aws sso login`, AWS_PROFILE, …)"
