"""Secrets Manager as strict as AWS about names (API Reference, CreateSecret)."""

import re

from moto.secretsmanager import urls
from moto.secretsmanager.exceptions import ValidationException
from moto.secretsmanager.responses import SecretsManagerResponse

NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+", re.ASCII)


def install() -> None:
    """Put these rules in front of moto's Secrets Manager, for this process."""
    urls.url_paths["{0}/$"] = StrictSecretsManager.dispatch


class StrictSecretsManager(SecretsManagerResponse):
    def create_secret(self) -> str:
        if not NAME.fullmatch(self._get_param("Name")):
            raise ValidationException(
                "Invalid name. Must be a valid name containing alphanumeric characters, "
                "or any of the following: -/_+=.@!"
            )
        return super().create_secret()
