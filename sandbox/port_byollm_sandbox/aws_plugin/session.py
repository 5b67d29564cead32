"""The AWS that one provider instance talks to, from the provider's configuration."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from port_byollm.loopback import is_loopback
from port_byollm.plugin.serving import PluginError

NAME = "port-byollm sandbox's aws plugin"

ACCESS_KEY = "port-byollm-sandbox"
"""Id and secret of the key that the environment of the sandbox's stacks has; no real one has this form."""
# Any will do: what is paid for is shared by all regions.
WARM_REGION = "us-east-1"
# Nothing of the user's own AWS set-up may be used here, nor a proxy between two ends of one machine.
CONFIG = Config(proxies={}, max_pool_connections=20, connect_timeout=5, read_timeout=60)
ISOLATED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Credentials:
    """What a call is signed with. moto takes any; keys that it gave out act in their own account."""

    access_key: str = ACCESS_KEY
    secret_key: str = field(default=ACCESS_KEY, repr=False)
    token: str | None = field(default=None, repr=False)


class Clients:
    """boto3 clients by service, region and so on: making one costs as much as twenty calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session = boto3.Session(botocore_session=botocore.session.Session(session_vars=ISOLATED))
        self._clients: dict[tuple[str, str, str, Credentials], Any] = {}

    def get(self, service: str, region: str, endpoint_url: str, credentials: Credentials) -> Any:
        key = (service, region, endpoint_url, credentials)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=endpoint_url,
                    aws_access_key_id=credentials.access_key,
                    aws_secret_access_key=credentials.secret_key,
                    aws_session_token=credentials.token,
                    config=CONFIG,
                )
            return self._clients[key]

    def warm_up(self, endpoint_url: str) -> None:
        """Pays beforehand what the first call of each service costs on both sides (0.2 s in all)."""
        clients = [
            self.get(name, WARM_REGION, endpoint_url, Credentials()) for name in ("sts", "iam", "bedrock")
        ]
        sts, iam, _ = clients
        with suppress(PluginError):
            call(sts.get_caller_identity)
            call(iam.list_account_aliases)

    def partition(self, region: str) -> str:
        return str(self._session.get_partition_for_region(region))


@dataclass
class Aws:
    """An account and a region as the provider's configuration describes them."""

    clients: Clients
    region: str
    endpoints: Mapping[str, str]
    default_endpoint: str
    credentials: Credentials = Credentials()
    default_tags: Mapping[str, str] = field(default_factory=dict)

    def client(self, service: str, region: str | None = None) -> Any:
        endpoint_url = self.endpoints.get(service, self.default_endpoint)
        return self.clients.get(service, region or self.region, endpoint_url, self.credentials)

    @cached_property
    def identity(self) -> dict[str, str]:
        """The caller: `Account`, `Arn`, `UserId`."""
        return dict(self.client("sts").get_caller_identity())

    @property
    def partition(self) -> str:
        return self.clients.partition(self.region)


def configure(
    config: Mapping[str, Any],
    clients: Clients,
    default_endpoint: str,
    environment: Mapping[str, str | None],
) -> Aws:
    """The AWS that `config` (the provider's inputs; what is no string is JSON-encoded) asks for. What it
    leaves out of `region` and `accessKey`, `secretKey`, `token` is the environment's.

    Raises PluginError where it asks for what a sandbox must not do, or for an account that it does not allow.
    """
    config = {key: decoded(value) for key, value in config.items()}
    region = config.get("region") or environment.get("region")
    if not region:
        raise PluginError(f"{NAME}: no region; set aws:region in the stack's configuration")
    endpoints = {
        service: loopback(service, url)
        for entry in config.get("endpoints") or []
        for service, url in entry.items()
        if url
    }
    credentials = Credentials()
    given = config if config.get("accessKey") else environment
    if access_key := given.get("accessKey"):
        credentials = Credentials(access_key, given.get("secretKey") or "", given.get("token"))
    default_tags = (config.get("defaultTags") or {}).get("tags") or {}
    aws = Aws(clients, region, endpoints, default_endpoint, credentials, default_tags)
    for role in config.get("assumeRoles") or []:
        aws = Aws(clients, region, endpoints, default_endpoint, assumed(aws, role), default_tags)
    check_account(aws, config)
    return aws


def decoded(value: Any) -> Any:
    """The engine sends every setting as a string, JSON where it is none."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def loopback(service: str, url: str) -> str:
    """`url` if it stays on this machine; raises PluginError otherwise."""
    host = urlsplit(url).hostname or ""
    if not is_loopback(host):
        raise PluginError(
            f"{NAME} works on loopback only, and the endpoint of {service} is {host or url!r}; remove it "
            "from the provider's endpoints, or deploy with the real aws plugin outside of the sandbox"
        )
    return url


def assumed(aws: Aws, role: Mapping[str, Any]) -> Credentials:
    options = {"ExternalId": role.get("externalId"), "DurationSeconds": role.get("durationSeconds")}
    keys = call(
        aws.client("sts").assume_role,
        RoleArn=role["roleArn"],
        RoleSessionName=role.get("sessionName") or "pulumi",
        **{name: value for name, value in options.items() if value},
    )["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def check_account(aws: Aws, config: Mapping[str, Any]) -> None:
    allowed, forbidden = config.get("allowedAccountIds"), config.get("forbiddenAccountIds")
    if not allowed and not forbidden:
        return
    account = call(lambda: aws.identity)["Account"]
    if (allowed and account not in allowed) or account in (forbidden or []):
        rule = f"allowed are {', '.join(allowed)}" if allowed else "it is forbidden"
        raise PluginError(f"{NAME}: AWS account ID not allowed: {account}; {rule}")


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls AWS. Raises PluginError with AWS's own code and message, on one line."""
    try:
        return function(*args, **kwargs)
    except ClientError as error:
        refused = error.response["Error"]
        text = f"{error.operation_name}: {refused['Code']}: {refused['Message']}"
    except BotoCoreError as error:
        text = str(error)
    raise PluginError(f"{NAME}: {' '.join(text.split())}")
