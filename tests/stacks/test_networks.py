"""Stacks in a company's network: proxies, and certificates by its own authority (docs/networks.md)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from moto import settings
from moto.s3 import utils
from tests.network.company import Network, company_network
from tests.project import copy_of_project

from .conftest import COMMAND, PROJECT, Local
from .environment import Sandbox

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer

[SETTINGS] = re.findall(r"```sh\n(.*?)```", (PROJECT / "docs/networks.md").read_text(), re.DOTALL)
PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "grpc_proxy")
NOBODY = "http://127.0.0.1:9"  # the port of the discard service, which refuses


@pytest.fixture
def dead_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in PROXIES:
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.setenv("no_grpc_proxy", "acme.test")


@pytest.mark.usefixtures("dead_proxies")
def test_the_sandbox_needs_no_proxy(request: pytest.FixtureRequest) -> None:
    local: Local = request.getfixturevalue("local")  # it starts behind them, too

    local.up()
    local.command("status", "--stack", "local")
    local.command("verify", "--stack", "local", "--config-file", str(local.config_file))
    local.pulumi("refresh", "--yes", "--skip-preview")
    local.pulumi("destroy", "--yes", "--skip-preview")


@pytest.fixture
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with company_network(tmp_path_factory.mktemp("network")) as network:
        yield network


def test_a_stack_lives_behind_the_proxy(
    local: Local, aws: "AwsServer", network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # moto takes the first part of a name that is not AWS's for the bucket's.
    for module in (settings, utils):
        monkeypatch.setattr(module, "S3_IGNORE_SUBDOMAIN_BUCKETNAME", True)
    sandbox = Sandbox(local, copy_of_project(tmp_path))

    def publish(name: str, url: str) -> str:
        return network.publish(name, urlsplit(url).port or 0)

    sandbox.configure(
        "prod",
        target={"awsAccountId": "111122223333", "portOrganization": "sandbox"},
        bedrock={"geography": "eu", "models": ["claude-sonnet-4-5-20250929"]},
        **{"port-byollm:baseUrl": publish("port", local.sandbox()["port"]["baseUrl"])},
    )
    _make_bucket_and_key(aws.endpoint_url)
    del sandbox.environment["no_grpc_proxy"]  # the page's settings have to do
    environment = {
        **_settings_of_the_page(network),
        "PORT_BASE_URL": "",
        "AWS_ENDPOINT_URL_S3": publish("s3", aws.endpoint_url),
        "AWS_ENDPOINT_URL_KMS": publish("kms", aws.endpoint_url),
        "AWS_ENDPOINT_URL_STS": publish("sts", local.sandbox()["aws"]["endpointUrl"]),
        "PULUMI_BACKEND_URL": "s3://state?region=eu-west-1&use_path_style=true",
    }

    def run(command: str | Path, *arguments: str, status: int = 0) -> str:
        done = sandbox.run(command, *arguments, "--stack", "prod", credentials=[environment])
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    kms = "awskms://alias/pulumi?region=eu-west-1"
    run("pulumi", "stack", "init", "--no-select", "--secrets-provider", kms)
    assert network.passed() == {"s3", "kms"}
    run("pulumi", "up", "--yes", "--skip-preview")
    assert network.passed() == {"s3", "kms", "port"}
    assert json.loads(run(COMMAND, "status", "--json"))["request"]["problem"] is None
    findings = json.loads(run(COMMAND, "doctor", "--json", status=1))["findings"]
    assert {"AWS credentials", "Port credentials"} <= {
        each["subject"] for each in findings if each["verdict"] == "OK"
    }
    assert network.passed() == {"s3", "kms", "port", "sts"}


def _settings_of_the_page(network: Network) -> dict[str, str]:
    theirs = {"/etc/ssl/acme.pem": str(network.authority.certificate)}
    theirs["http://proxy.acme.example:3128"] = network.proxy
    return {name: theirs.get(value, value) for name, value in re.findall(r"(\w+)=(\S+)", SETTINGS)}


def _make_bucket_and_key(endpoint_url: str) -> None:
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    session = boto3.Session(region_name="eu-west-1", **credentials)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint_url)

    s3, kms = client("s3"), client("kms")
    s3.create_bucket(Bucket="state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    kms.create_alias(AliasName="alias/pulumi", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    s3.close()
    kms.close()
