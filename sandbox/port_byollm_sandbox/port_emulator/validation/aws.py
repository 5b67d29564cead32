"""Clients for the sandbox's AWS."""

from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=10)

# boto3's sessions, its default one included, cannot create clients concurrently.
_making = Lock()


def client(service: str, endpoint_url: str, region: str, key_id: str, secret: str) -> Any:
    """Create a client that signs with these keys."""
    with _making:
        return boto3.client(
            service,
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=CONFIG,
        )
