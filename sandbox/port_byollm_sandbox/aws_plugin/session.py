"""The AWS of one provider instance, from the provider's configuration."""

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
"""Id and secret of the key in the environment of the sandbox's stacks. No real key has this form."""
# Any region will do: all regions share what is loaded.
WARM_REGION = "us-east-1"
# Use nothing of the user's AWS configuration, and no proxy on loopback.
CONFIG = Config(proxies={}, max_pool_connections=20, connect_timeout=5, read_timeout=60)
ISOLATED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Credentials:
    """The credentials that sign a call. moto accepts any; keys that it created act in their own account."""

    access_key: str = ACCESS_KEY
    secret_key: str = field(default=ACCESS_KEY, repr=False)
    token: str | None = field(default=None, repr=False)


class Clients:
    """A cache of boto3 clients: creating one takes as long as twenty calls."""

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
        """Load what the first call of each service loads on both sides (0.2 s in all)."""
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
    """An account and a region, as configured for the provider."""

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
    """Return the AWS for `config`, the provider's inputs; values other than strings are JSON-encoded.

    `environment` is the default for `region`, and for `accessKey` with `secretKey` and `token`. Raises
    PluginError if the region is missing, an endpoint is not on loopback, or the account is not allowed.
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
    source = config if config.get("accessKey") else environment
    if access_key := source.get("accessKey"):
        credentials = Credentials(access_key, source.get("secretKey") or "", source.get("token"))
    default_tags = (config.get("defaultTags") or {}).get("tags") or {}
    aws = Aws(clients, region, endpoints, default_endpoint, credentials, default_tags)
    for role in config.get("assumeRoles") or []:
        aws = Aws(clients, region, endpoints, default_endpoint, assumed(aws, role), default_tags)
    check_account(aws, config)
    return aws


def decoded(value: Any) -> Any:
    """Decode a setting: the engine sends each as a string, as JSON if it is not one."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def loopback(service: str, url: str) -> str:
    """Return `url` if it is on loopback. Raises PluginError otherwise."""
    host = urlsplit(url).hostname or ""
    if not is_loopback(host):
        raise PluginError(
            f"{NAME} works on loopback only, and the endpoint of {service} is {host or url!r}; remove it "
            "from the provider's endpoints, or deploy outside of the sandbox, with the real aws plugin"
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
        rule = f"allowed: {', '.join(allowed)}" if allowed else "it is forbidden"
        raise PluginError(f"{NAME}: AWS account ID not allowed: {account}; {rule}")


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call AWS. Raises PluginError with AWS's code and message, on one line."""
    try:
        return function(*args, **kwargs)
    except ClientError as error:
        detail = error.response["Error"]
        text = f"{error.operation_name}: {detail['Code']}: {detail['Message']}"
    except BotoCoreError as error:
        text = str(error)
    raise PluginError(f"{NAME}: {' '.join(text.split())}")
