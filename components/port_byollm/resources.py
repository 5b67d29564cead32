"""The resources of the `port-byollm` plugin, as Python classes.

Every argument may be an output of another resource. Property names are snake_case here, and camelCase in
the state, in previews and in `ignore_changes`. A provider's `config` keeps Port's spelling.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi import Input, Output, ResourceOptions

from port_byollm import defaults
from port_byollm.outputs import of_made


class Provider(pulumi.ProviderResource):
    """A Port organization, for a program with several; else the stack's `port-byollm:…` settings do."""

    def __init__(
        self,
        resource_name: str,
        *,
        client_id: Input[str] | None = None,
        client_secret: Input[str] | None = None,
        base_url: Input[str] | None = None,
        organization: Input[str] | None = None,
        aws_account_id: Input[str] | None = None,
        aws_profile: Input[str] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        What is left out of the first three comes from the environment, and is not written to the state.

        :param client_id: Client ID of an administrator's credentials (Port: Credentials).
        :param client_secret: Its client secret.
        :param base_url: Address of Port's API without `/v1`, such as https://api.port.io.
        :param organization: Id or name of the organization that the credentials have to be of; with those of
            another one nothing is read or written.
        :param aws_account_id: AWS account that the environment's credentials have to be of before anything is
            removed: `pulumi destroy` would else end here with what it cannot go on with there.
        :param aws_profile: The AWS profile whose credentials those are.
        """
        props = {
            "clientId": client_id,
            "clientSecret": None if client_secret is None else Output.secret(client_secret),
            "baseUrl": base_url,
            "organization": organization,
            "awsAccountId": aws_account_id,
            "awsProfile": aws_profile,
        }
        super().__init__("port-byollm", resource_name, props, opts)


class Secret(pulumi.CustomResource):
    """An organization secret in Port. Its id is its name.

    An imported secret keeps its value until the program's value changes: Port never tells what it is.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        secret_name: Input[str],
        secret_value: Input[str],
        description: Input[str] | None = None,
        adopt: Input[bool] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param secret_name: 1 to 100 of the characters A-Z a-z 0-9 - _. Changing it replaces the secret.
        :param secret_value: The value; kept in the state as a secret whether it was one or not.
        :param description: Shown in Port; at most 169 characters.
        :param adopt: Overwrite a secret of this name that is in Port already, whoever made it.
        """
        props = {
            "secretName": secret_name,
            "secretValue": Output.secret(secret_value),
            "description": description,
            "adopt": adopt,
            "updatedAt": None,
        }
        super().__init__("port-byollm:index:Secret", resource_name, props, _with_secrets(opts, "secretValue"))

    @property
    def secret_name(self) -> Output[str]:
        return _output(self, "secretName")

    @property
    def secret_value(self) -> Output[str]:
        return _output(self, "secretValue")

    @property
    def description(self) -> Output[str | None]:
        return _output(self, "description")

    @property
    def updated_at(self) -> Output[str]:
        """When Port last changed it, ISO 8601."""
        return _output(self, "updatedAt")


class ExternalId(pulumi.CustomResource):
    """A random value for `sts:ExternalId`, made by the plugin and kept in the state as a secret.

    It is known at preview. To rotate it, change `rotation`: those in `previous` are to be accepted meanwhile,
    until `keep_previous` is set to False. There may be three of them.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        rotation: Input[str],
        keep_previous: Input[bool] | None = None,
        secret_name: Input[str] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param rotation: Any text, such as a month; changing it makes a new value.
        :param keep_previous: False forgets the values in `previous`, for good; True if left out.
        :param secret_name: The Port secret with the first value; that of each later one has `-2`, `-3`, …
            after it. With it, values are forgotten only once the registration of Bedrock names the present
            one's secret; until then the update is refused.
        """
        props = {
            "rotation": rotation,
            "keepPrevious": keep_previous,
            "secretName": secret_name,
            "value": None,
            "previous": None,
            "generation": None,
        }
        opts = _with_secrets(opts, "value", "previous")
        super().__init__("port-byollm:index:ExternalId", resource_name, props, opts)

    @property
    def rotation(self) -> Output[str]:
        return _output(self, "rotation")

    @property
    def value(self) -> Output[str]:
        """The external ID (secret)."""
        return _output(self, "value")

    @property
    def previous(self) -> Output[Sequence[str]]:
        """The external IDs from before (secret), newest first; empty where forgotten."""
        return _output(self, "previous")

    @property
    def generation(self) -> Output[int]:
        """0 for the first value, one more with each rotation: for the name of its secret."""
        return _output(self, "generation").apply(of_made(int))


class LlmProvider(pulumi.CustomResource):
    """An LLM provider, registered in Port. Its id is the provider's name; an organization has one of each."""

    def __init__(
        self,
        resource_name: str,
        *,
        provider: Input[str],
        config: Input[Mapping[str, Any]],
        enabled: Input[bool] = True,
        models: Input[Mapping[str, Input[bool]]] | None = None,
        validate_connection: Input[bool] = True,
        validation_timeout: Input[float] = 60,
        triggers: Input[Mapping[str, Input[str]]] | None = None,
        adopt: Input[bool] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param provider: Port's name of it, such as `bedrock`. Changing it replaces the registration.
        :param config: What Port documents for it, such as `{"roleArn": …, "region": …}`; for a provider that
            this version does not know any fields, also maps and lists. It names secrets and should hold none.
        :param enabled: Whether Port may use it.
        :param models: Model name -> enabled. A model of the provider that is not named is disabled; without
            `models`, each one is enabled.
        :param validate_connection: Let Port call each enabled model before it saves anything.
        :param validation_timeout: Seconds to try again for while that fails and `config` or `triggers` are
            new or have changed: a new role cannot be assumed at once. With nothing changed it fails at once.
        :param triggers: What the connection rests on besides `config`, by names of your choice: the id of a
            role, the text of a policy, a secret's `updated_at`. Where one changes, Port tests the connection
            again.
        :param adopt: Take over a registration that is in Port already and has another config.
        """
        props = {
            "provider": provider,
            "config": config,
            "enabled": enabled,
            "models": models,
            "validateConnection": validate_connection,
            "validationTimeout": validation_timeout,
            "triggers": triggers,
            "adopt": adopt,
            "effectiveModels": None,
        }
        super().__init__("port-byollm:index:LlmProvider", resource_name, props, opts)

    @property
    def provider(self) -> Output[str]:
        return _output(self, "provider")

    @property
    def config(self) -> Output[Mapping[str, Any]]:
        return _output(self, "config")

    @property
    def enabled(self) -> Output[bool]:
        return _output(self, "enabled")

    @property
    def models(self) -> Output[Mapping[str, bool] | None]:
        return _output(self, "models")

    @property
    def effective_models(self) -> Output[Sequence[str]]:
        """Names of the models that are enabled, sorted; known at preview when the arguments are."""
        return _output(self, "effectiveModels")


class LlmDefaults(pulumi.CustomResource):
    """The organization's default LLM provider and model. Its id is `defaults`; an organization has one."""

    def __init__(
        self,
        resource_name: str,
        *,
        provider: Input[str] | None = None,
        model: Input[str] | None = None,
        enabled_models: Input[Sequence[Input[str]]] | None = None,
        on_removal: Input[str] = defaults.ON_REMOVAL,
        data_residency: Input[str] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param provider: Port's name of the provider; if left out, it stays what it is in Port.
        :param model: Port's name of the model; if left out, it stays what it is. One of the two is needed.
        :param enabled_models: The provider's `effective_models`; a `model` that is not among them is refused.
        :param on_removal: What a removal leaves behind: `restore` (what was there before), `system-default`
            (Port's own models) or `keep`.
        :param data_residency: Where prompts must stay. With it, Port's own models are refused as the default,
            and so is a removal (`pulumi destroy`) that would make them it, unless `on_removal` says so.
        """
        props = {
            "provider": provider,
            "model": model,
            "enabledModels": enabled_models,
            "onRemoval": on_removal,
            "dataResidency": data_residency,
            "previousProvider": None,
            "previousModel": None,
        }
        super().__init__("port-byollm:index:LlmDefaults", resource_name, props, opts)

    @property
    def provider(self) -> Output[str]:
        return _output(self, "provider")

    @property
    def model(self) -> Output[str]:
        return _output(self, "model")

    @property
    def on_removal(self) -> Output[str]:
        return _output(self, "onRemoval")

    @property
    def data_residency(self) -> Output[str | None]:
        return _output(self, "dataResidency")

    @property
    def previous_provider(self) -> Output[str | None]:
        """The provider that was the default before; None after an import."""
        return _output(self, "previousProvider")

    @property
    def previous_model(self) -> Output[str | None]:
        """The model that was the default before; None after an import."""
        return _output(self, "previousModel")


class Ownership(pulumi.CustomResource):
    """What one stack manages in its organization, marked there: a second owner fails before it writes.

    Have everything else depend on it, what is in AWS too.
    """

    def __init__(
        self,
        resource_name: str,
        *,
        owner: Input[str],
        manages: Input[Sequence[Input[str]]],
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param owner: Who it is, in one line that whoever meets the mark understands; up to 145 characters.
        :param manages: What this owner alone writes: `bedrock`, `openai`, …, `defaults`.
        """
        props = {"owner": owner, "manages": manages, "credentials": None, "organization": None}
        super().__init__("port-byollm:index:Ownership", resource_name, props, opts)

    @property
    def owner(self) -> Output[str]:
        return _output(self, "owner")

    @property
    def manages(self) -> Output[Sequence[str]]:
        return _output(self, "manages")

    @property
    def organization(self) -> Output[str]:
        """Id of the organization; its name where Port tells none."""
        return _output(self, "organization")


def _output(resource: pulumi.Resource, name: str) -> Output[Any]:
    output: Output[Any] = pulumi.get(resource, name)
    return output


def _with_secrets(opts: ResourceOptions | None, *names: str) -> ResourceOptions:
    return ResourceOptions.merge(opts, ResourceOptions(additional_secret_outputs=list(names)))
