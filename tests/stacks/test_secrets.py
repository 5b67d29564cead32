"""No secret value is ever written in plain text: a canary scan after each step of an organization's life."""

import base64
import json
from collections.abc import Callable, Iterator

import pytest

from .by_hand import ALL, API_KEY, ROLE, adopt, set_up_aws, set_up_port
from .canaries import Canaries
from .conftest import Local
from .killing import up_killed_after

SECRET, PROVIDER, DEFAULTS, EXTERNAL_ID = (
    f"port-byollm:index:{kind}" for kind in ("Secret", "LlmProvider", "LlmDefaults", "ExternalId")
)


def _config(local: Local, *arguments: str) -> str:
    file = str(local.config_file)
    return local.command(
        "pulumi", "config", "set", "--stack", "local", "--config-file", file, *arguments
    ).stdout


def by_role(local: Local) -> str:
    """Bedrock by an assumed role, and each other provider with its key from somewhere else."""
    upstreams = local.sandbox()["upstreams"]
    key = upstreams["azure-openai"]["apiKey"]
    local.aws("secretsmanager").create_secret(Name="azure", SecretString=key)
    azure = {"resourceName": "acme", "deploymentId": "gpt-5", "apiKeyAwsSecret": {"id": "azure"}}
    local.configure(openai={"apiKeyEnv": "OPENAI_API_KEY"}, **{"azure-openai": azure})
    _config(local, "--secret", "--path", "byollm:anthropic.apiKey", upstreams["anthropic"]["apiKey"])
    return _run(local, "up", "--yes", "--diff")


def by_access_keys(local: Local) -> str:
    local.configure(bedrock={"auth": "access-keys"})
    return _run(local, "up", "--yes", "--diff")


def adopted(local: Local) -> str:
    set_up_port(local, set_up_aws(local, ALL))
    return adopt(local, "--yes")


def _run(local: Local, *arguments: str) -> str:
    done = local.pulumi(*arguments)
    return done.stdout + done.stderr


def _life(local: Local, rotated: str) -> Iterator[tuple[str, Callable[[], str]]]:
    """The steps after the first, what they are called and what they print; `rotated` is a section of
    `byollm:bedrock`."""
    command = {"externalId": "external-id", "accessKeys": "access-key"}[rotated]
    options = ("--stack", "local", "--config-file", str(local.config_file))
    another = ("--path", f"byollm:bedrock.{rotated}.rotation", "another")

    def killed() -> str:
        assert up_killed_after(local, 8)
        return ""

    def imported() -> str:
        file = local.directory / "import.json"
        file.write_text(json.dumps({"resources": _again(local)}))
        return _run(local, "import", "--file", str(file), "--yes", "--generate-code=false")

    yield "preview", lambda: _run(local, "preview", "--json")
    yield "refresh", lambda: _run(local, "refresh", "--yes", "--diff")
    yield "killed up", lambda: _config(local, *another) + killed()
    yield "up", lambda: _run(local, "up", "--yes", "--diff")
    yield "rotate", lambda: local.command("rotate", command, *options, "--yes").stdout
    yield "import", imported


def _again(local: Local) -> list[dict[str, str]]:
    """What the organization has, as resources beside those of the program."""
    with local.port() as port:
        secrets = port.get("/v1/organization/secrets").json()["secrets"]
        providers = port.get("/v1/llm-providers").json()["result"]
    found = [(SECRET, each["secretName"]) for each in secrets]
    found += [(PROVIDER, each["provider"]) for each in providers]
    found += [(EXTERNAL_ID, role["Arn"]) for role in local.iam().list_roles()["Roles"]]
    return [
        {"type": kind, "name": f"again-{number}", "id": name}
        for number, (kind, name) in enumerate([*found, (DEFAULTS, "defaults")])
    ]


@pytest.mark.parametrize(
    ("begin", "rotated"),
    [(by_role, "externalId"), (by_access_keys, "accessKeys"), (adopted, "externalId")],
    ids=["by-role", "by-access-keys", "adopted"],
)
def test_no_secret_is_written_in_plain_text(
    local: Local, begin: Callable[[Local], str], rotated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine writes down what it tells the terminal, too.
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    monkeypatch.setenv("PULUMI_OPTION_EVENT_LOG", str(local.directory / "events"))
    canaries = Canaries(local, **{"API key of the adopted": API_KEY})

    assert canaries.leaks(begin(local)) == []
    for verb, run in _life(local, rotated):
        assert canaries.leaks(run()) == [], verb

    assert (local.directory / "events").stat().st_size > 0


def test_the_scan_finds_what_the_plain_import_of_a_role_writes(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    monkeypatch.setenv("PULUMI_OPTION_EVENT_LOG", str(local.directory / "events"))
    set_up_aws(local, ALL)
    canaries = Canaries(local)
    assert canaries.leaks() == []

    said = _run(local, "import", "aws:iam/role:Role", "role", ROLE, "--yes", "--generate-code=false")

    places = " ".join(canaries.leaks(said))
    for place in ("stacks/byollm/local.json", "history/byollm", "events"):
        assert place in places


def test_the_scan_finds_a_value_in_another_form(local: Local) -> None:
    canaries = Canaries(local, canary="a/canary value")

    assert canaries.leaks("the value is a/canary value") == ["canary in what was printed"]
    assert canaries.leaks("?value=a%2Fcanary%20value") == ["canary in what was printed"]
    local.directory.joinpath("sandbox/pulumi/note").write_bytes(base64.b64encode(b"id=a/canary value"))
    assert canaries.leaks() == ["canary in sandbox/pulumi/note"]
