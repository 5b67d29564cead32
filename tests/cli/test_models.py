"""`port-byollm models`, as its page shows it."""

import re
import shlex
from datetime import date
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from port_byollm.catalogue import find_model, lookup, overlay
from port_byollm.catalogue.overlay import Dates
from port_byollm.catalogue.refresh import Refreshed
from port_byollm.cli.__main__ import main
from port_byollm_sandbox.aws.server import AwsServer

PAGE = (Path(__file__).parents[2] / "docs/models.md").read_text()


def block(language: str) -> str:
    """The page's first block of a language; of none, what a command prints."""
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0])


@pytest.fixture
def project(aws: AwsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("PORT_BYOLLM_CATALOGUE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    settings = {"ENDPOINT_URL": aws.endpoint_url, "ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret"}
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    return tmp_path


def test_the_page_shows_what_it_does(project: Path) -> None:
    [command, *arguments] = shlex.split(block("sh"))
    assert command == "port-byollm"

    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 0, done.output
    printed = re.search(r"```sh\n.*?```\n\n```\n(.*?)```", PAGE, re.DOTALL)
    assert printed is not None
    assert done.output.replace(str(project), ".") == printed[1]
    assert overlay.read(project / "port-byollm-catalogue.json").regions.keys() == {"eu-west-1"}


def test_the_pages_file_is_one(project: Path) -> None:
    (project / "port-byollm-catalogue.json").write_text(block("json"))
    lookup.forget()

    model = find_model("claude-haiku-4-5-20251001")

    assert model is not None
    assert model.destinations("eu", "eu-west-1") == ("eu-central-1", "eu-west-1", "eu-west-3")
    assert model.destinations("global", "eu-west-1") == ("", "eu-west-1")
    sonnet = find_model("claude-sonnet-4-5-20250929")
    assert sonnet is not None
    assert sonnet.destinations("eu", "eu-west-1") == (), "the file is complete for a region that it has"


def test_each_kind_of_line_is_explained() -> None:
    changes = Refreshed(
        "eu-west-1",
        Path("catalogue.json"),
        before={"eu.gone": ("eu-west-1",), "eu.other": ("eu-west-1",)},
        after={"eu.new": ("eu-west-1",), "eu.other": ("eu-west-3",)},
        dates={"a.model": Dates(date(2026, 1, 1), date(2027, 1, 1))},
    )
    _, *lines = str(changes).splitlines()

    explained = re.findall(r"^\| `(\w+): ", PAGE, re.MULTILINE)

    assert explained == [line.split(":")[0].strip() for line in lines]


def test_without_a_region_it_says_where_to_set_one(project: Path) -> None:
    refused = CliRunner().invoke(main, ["models", "refresh"])

    assert refused.exit_code == 1
    assert "give --region or set AWS_REGION" in refused.output


def test_what_aws_refuses_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3.Session, "client", _unreachable)

    refused = CliRunner().invoke(main, ["models", "refresh", "--region", "eu-west-1"])

    assert refused.exit_code == 1
    assert "AWS did not list the models of eu-west-1 (Could not connect" in refused.output


def _unreachable(*args: object, **options: object) -> object:
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url="https://bedrock.eu-west-1.amazonaws.com")


def test_without_credentials_it_says_to_sign_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    refused = CliRunner().invoke(main, ["models", "refresh", "--region", "eu-west-1"])

    assert refused.exit_code == 1
    assert "(Unable to locate credentials); sign in to the intended AWS account" in refused.output
