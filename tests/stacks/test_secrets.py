"""No secret value is ever written in plain text: a canary scan."""

import base64
from pathlib import Path
from urllib.parse import quote

from .conftest import Local

# Where `sandbox status --show-secrets` has its answer from; nobody else may read it.
CREDENTIALS = "sandbox.json"


def _canaries(local: Local) -> dict[str, str]:
    statement = local.iam().get_role(RoleName="port-byollm-local")["Role"]["AssumeRolePolicyDocument"][
        "Statement"
    ][0]
    accepted = statement["Condition"]["StringEquals"]["sts:ExternalId"]
    external_ids = [accepted] if isinstance(accepted, str) else accepted
    port = local.sandbox()["port"]
    return {
        **{f"external ID {number}": value for number, value in enumerate(external_ids)},
        "administrator's client secret": port["admin"]["clientSecret"],
        "member's client secret": port["member"]["clientSecret"],
    }


def _forms(value: str) -> set[bytes]:
    """A value as it stands, and as it may be written in a URL or in base64, at any offset."""
    encoded = {base64.b64encode(b"\0" * pad + value.encode())[4:-4] for pad in range(3)}
    return {value.encode(), quote(value, safe="").encode(), *encoded}


def _leaks(local: Local, said: str) -> list[str]:
    texts = {Path("what was printed"): said.encode()}
    for path in (local.directory / "sandbox").rglob("*"):
        if path.is_file() and path.name != CREDENTIALS:
            texts[path.relative_to(local.directory)] = path.read_bytes()
    return [
        f"{name} in {path}"
        for name, value in _canaries(local).items()
        for path, text in texts.items()
        if any(form in text for form in _forms(value))
    ]


def test_no_secret_value_is_written_in_plain_text(local: Local) -> None:
    local.pulumi("preview", "--diff")
    said = [local.pulumi("up", "--yes", "--diff")]
    local.configure(bedrock={"externalId": {"rotation": "2"}})
    imported = ("--yes", "--generate-code=false")
    for verb, *arguments in (
        ("preview", "--diff"),
        ("up", "--yes", "--diff"),
        ("preview", "--json"),
        ("refresh", "--yes", "--diff"),
        ("import", "port-byollm:index:Secret", "again", "BEDROCK_ROLE_EXTERNAL_ID-2", *imported),
        ("import", "port-byollm:index:LlmProvider", "again", "bedrock", *imported),
    ):
        said.append(local.pulumi(verb, *arguments))

    assert _leaks(local, "".join(done.stdout + done.stderr for done in said)) == []


def test_the_scan_finds_what_is_there(local: Local) -> None:
    local.up()
    value = _canaries(local)["external ID 0"]

    assert _leaks(local, f"the external ID is {value}") == ["external ID 0 in what was printed"]
    local.directory.joinpath("sandbox/note").write_bytes(base64.b64encode(f"id={value}".encode()))
    assert _leaks(local, "") == ["external ID 0 in sandbox/note"]
