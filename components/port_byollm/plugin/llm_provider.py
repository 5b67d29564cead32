"""`port-byollm:index:LlmProvider`: an LLM provider registered in Port. Its id is the provider's name.

`models` says which of the provider's models are enabled. Port enables every supported model that a request
leaves out, so every known model is named, enabled or not. Diffs compare the effect: which models are enabled,
however that is written.

`triggers` are values that the connection depends on besides its config: a role's id, the text of its
policies, the time a secret was changed. If one has changed since the last update, the registration is sent
again, so that Port tests the connection. If the test then fails and the config or a trigger has changed, it
is retried for `validationTimeout`, because AWS or another upstream may not know the change yet. Otherwise
waiting cannot help, and the update fails at once.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffResponse,
    ReadRequest,
    ReadResponse,
    UpdateResponse,
)

from port_byollm.catalogue.port import ALL_MODEL_NAMES, PROVIDERS, models_for
from port_byollm.plugin.connection import Interrupted
from port_byollm.plugin.resource import (
    Problems,
    Resource,
    differences,
    import_command,
    marked_like,
    type_problems,
    without_nulls,
)
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.values import UNKNOWN, has_secret, has_unknown, plain, secrets_in, wrap

if TYPE_CHECKING:
    from port_byollm.client.errors import ModelTestFailed
    from port_byollm.client.wire import LlmProvider as Registration

_TIMEOUT = 60  # seconds; IAM is eventually consistent, so a new role cannot be assumed at once
_FIRST_DELAY, _LONGEST_DELAY = 1.0, 8.0
_DRAIN = 3.0  # seconds for requests in progress with the old config, whose role or keys are removed next
_TYPES = {
    "provider": str,
    "config": dict,
    "enabled": bool,
    "models": dict,
    "validateConnection": bool,
    "validationTimeout": float,
    "triggers": dict,
    "adopt": bool,
}
# How to register rather than what: inputs that are not outputs.
_OPTIONS = frozenset({"validateConnection", "validationTimeout", "triggers", "adopt"})


class LlmProvider(Resource):
    token = "port-byollm:index:LlmProvider"  # noqa: S105  a type token
    required = frozenset({"provider", "config"})
    optional = frozenset(_TYPES) - required

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, _TYPES)
        provider, config, models = (news.get(key) for key in ("provider", "config", "models"))
        if isinstance(models, dict):
            for model, enabled in models.items():
                if enabled is not UNKNOWN and not isinstance(enabled, bool):
                    problems.add("models", f"has neither true nor false for {model}")
        if isinstance(timeout := news.get("validationTimeout"), int | float) and not 0 <= timeout <= 3600:
            problems.add("validationTimeout", f"is {timeout}; give 0 to 3600 seconds")
        if not isinstance(provider, str):
            return
        if provider == "port":
            problems.add("provider", "is port, Port's own provider, which needs no registration")
        elif provider not in PROVIDERS:
            await self._connection.warn(
                request.urn,
                f"provider {provider} is unknown to this version; its config is sent to Port unchecked",
            )
        if isinstance(config, dict):
            from port_byollm.client.wire import config_problems

            for key, problem in config_problems(provider, config):
                if config.get(key) is not UNKNOWN:
                    problems.add(f"config.{key}" if key else "config", problem)
        if isinstance(models, dict):
            await self._check_models(request.urn, provider, models, problems)

    async def _check_models(
        self, urn: str, provider: str, models: Mapping[str, Any], problems: Problems
    ) -> None:
        own = models_for(provider)
        for model, enabled in models.items():
            if not own or model in own:
                continue
            if model not in ALL_MODEL_NAMES:
                await self._connection.warn(
                    urn, f"model {model} is unknown to this version; it is sent to Port unchecked"
                )
            elif enabled is True:
                problems.add("models", f"enables {model}, which {provider} does not have: {', '.join(own)}")

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        old, new = plain(request.old_state), plain(request.new_inputs)
        # The same effect in another notation is not a change.
        models = (new if _in_effect(new, old.get("effectiveModels")) else old).get("models")
        triggers = _compared_triggers(plain(request.old_inputs), new)
        return differences(
            {**old, "enabled": old.get("enabled", True), "models": models, "triggers": triggers},
            {**new, "enabled": new.get("enabled", True)},
            ("provider", "config", "enabled", "models", "triggers"),
            replacing=["provider"],
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        inputs = plain(request.properties)
        provider = inputs["provider"]
        if request.preview:
            known = "" if provider is UNKNOWN else provider
            return CreateResponse(known, _outputs(request.properties, _expected(inputs)))
        providers = self._connection.port().llm_providers
        masked, secrets = _masked(request.properties), secrets_in(request.properties)
        found = await providers.get(provider)
        if found is None:
            arguments = _arguments(inputs)
            registered = await self._register(
                masked, lambda: providers.create(provider, **arguments, secrets=secrets)
            )
        elif inputs.get("adopt") or found.config == inputs["config"]:
            # Updated even if nothing differs, so that Port tests the connection.
            arguments = _arguments(inputs, found.effective_models)
            registered = await self._register(
                masked, lambda: providers.update(provider, **arguments, secrets=secrets)
            )
        else:
            raise PluginError(
                f"{provider} is registered in Port already, with another config. Import it with "
                f"`{import_command(request.urn, provider)}`, or set adopt to replace its config"
            )
        return CreateResponse(provider, _outputs(request.properties, registered.effective_models))

    async def read(self, request: ReadRequest) -> ReadResponse:
        found = await self._connection.port().llm_providers.get(request.resource_id)
        if found is None:
            return ReadResponse(resource_id="")
        old = plain(request.inputs)
        remote = {"provider": found.provider, "config": found.config, "enabled": found.enabled}
        if found.enabled and "enabled" not in old and old:
            del remote["enabled"]  # keep it left out, as in the program
        if not old or not _in_effect(old, found.effective_models):
            remote["models"] = {
                **_wanted({"provider": found.provider, "models": {}}),
                **{name: model.enabled for name, model in found.models.items() if _has_model(found, name)},
            }
        inputs = {
            **request.inputs,
            **{key: marked_like(value, request.inputs.get(key)) for key, value in remote.items()},
        }
        return ReadResponse(
            request.resource_id, _outputs(inputs, found.effective_models), without_nulls(inputs)
        )

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        old, inputs = plain(request.olds), plain(request.news)
        if request.preview:
            return UpdateResponse(_outputs(request.news, _expected(inputs)))
        providers = self._connection.port().llm_providers
        arguments = _arguments(inputs, old.get("effectiveModels") or ())
        secrets = secrets_in(request.news)
        registered = await self._register(
            _masked(request.news),
            lambda: providers.update(request.resource_id, **arguments, secrets=secrets),
            patient=_dependencies(plain(request.old_inputs)) != _dependencies(inputs),
        )
        if inputs["config"] != old.get("config"):
            with suppress(Interrupted):
                await self._connection.sleep(_DRAIN)
        return UpdateResponse(_outputs(request.news, registered.effective_models))

    async def delete(self, request: DeleteRequest) -> None:
        await self._connection.port().llm_providers.delete(request.resource_id)

    async def _register(
        self,
        inputs: Mapping[str, Any],
        register: "Callable[[], Awaitable[Registration]]",
        patient: bool = True,
    ) -> "Registration":
        """Call `register`; if `patient`, retry while Port's connection test fails and time remains."""
        from port_byollm.client.errors import ModelTestFailed

        seconds = inputs.get("validationTimeout", _TIMEOUT) if patient else 0
        began, delay = self._connection.clock(), _FIRST_DELAY
        while True:
            try:
                return await register()
            except ModelTestFailed as error:
                waited = self._connection.clock() - began
                if waited + delay > seconds:
                    raise PluginError(_test_failure(inputs, error, waited)) from error
                try:
                    await self._connection.sleep(delay)
                except Interrupted:
                    failure = _test_failure(inputs, error, waited)
                    raise PluginError(f"Interrupted while trying again. {failure}") from None
            delay = min(2 * delay, _LONGEST_DELAY)


def _dependencies(inputs: Mapping[str, Any]) -> tuple[Any, Any]:
    return inputs.get("config"), inputs.get("triggers")


def _compared_triggers(old_inputs: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    """Return the triggers to compare the new ones with: the new ones themselves if no test is needed."""
    old = old_inputs.get("triggers")
    # There are none after an import, and the update after it must be a no-op.
    comparable = old is not None and new.get("triggers") is not None and new.get("validateConnection", True)
    return old if comparable else new.get("triggers")


def _wanted(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return, for each known or named model of the provider, whether to enable it."""
    models = inputs.get("models")
    own = models_for(inputs["provider"]) if isinstance(inputs["provider"], str) else ()
    if models is None:
        return dict.fromkeys(own, True)
    if models is UNKNOWN:
        return dict.fromkeys(own, UNKNOWN)
    return {**dict.fromkeys(own, False), **models}


def _expected(inputs: Mapping[str, Any]) -> Any:
    """Return the sorted names of the models that will be enabled, or UNKNOWN."""
    wanted = _wanted(inputs)
    if has_unknown([inputs["provider"], inputs.get("models"), wanted]) or not wanted:
        return UNKNOWN
    return sorted(name for name, enabled in wanted.items() if enabled)


def _in_effect(inputs: Mapping[str, Any], effective: list[str] | None) -> bool:
    """Return whether the enabled models match the inputs; without `models`, more may be enabled."""
    wanted, actual = _wanted(inputs), set(effective or ())
    if has_unknown(wanted):
        return False
    enabled = {name for name, on in wanted.items() if on}
    return enabled <= actual if inputs.get("models") is None else enabled == actual


def _has_model(found: "Registration", model: str) -> bool:
    """Return whether a model belongs to the provider, since Port lists all models for every provider."""
    own = models_for(found.provider)
    return not own or model in own or model not in ALL_MODEL_NAMES or found.models[model].enabled


def _arguments(inputs: Mapping[str, Any], enabled_now: "tuple[str, ...] | list[str]" = ()) -> dict[str, Any]:
    # Enabled models that are not wanted must be named, or they stay enabled.
    extra = {} if inputs.get("models") is None else dict.fromkeys(enabled_now, False)
    return {
        "config": inputs["config"],
        "enabled": inputs.get("enabled", True),
        "models": {**extra, **_wanted(inputs)} or None,
        "validate_connection": inputs.get("validateConnection", True),
    }


def _masked(inputs: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """Return the inputs with secrets masked, for error messages."""
    masked = dict(plain(inputs))
    config = inputs["config"]
    assert isinstance(config.value, Mapping)  # noqa: S101  `check` guarantees it
    secret = {key for key, item in config.value.items() if config.is_secret or has_secret(item)}
    return {**masked, "config": {**masked["config"], **dict.fromkeys(secret, "[secret]")}}


def _outputs(inputs: Mapping[str, PropertyValue], effective: Any) -> dict[str, PropertyValue]:
    outputs = {key: value for key, value in inputs.items() if key not in _OPTIONS}
    return without_nulls({**outputs, "effectiveModels": wrap(effective)})


def _test_failure(inputs: Mapping[str, Any], error: "ModelTestFailed", waited: float) -> str:
    provider, config = inputs["provider"], inputs["config"]
    tried = f" for {waited:.0f} seconds" if waited >= 1 else ""
    failed = {name: model.message for name, model in error.tested_models.items() if not model.is_valid}
    verdicts = [f"  - {name}: {message or 'failed'}" for name, message in sorted(failed.items())]
    lines = [
        f"Port's connection test of {provider} failed{tried}; nothing was saved, and what was registered "
        f"before still stands.{'' if verdicts else ' Port said: ' + error.said}",
        *verdicts,
        "Look at:",
        *(f"  - {hint}" for hint in _hints(provider, config)),
    ]
    return "\n".join(lines)


def _hints(provider: str, config: Mapping[str, Any]) -> list[str]:
    if provider != "bedrock":
        secrets = [value for key, value in config.items() if key.endswith("SecretName")]
        return [
            f"the value of Port's secret {', '.join(secrets) or 'in the config'}, and what it permits",
            f"whether the account at {provider} has these models, and quota left",
        ]
    region = config.get("region")
    if "roleArn" in config:
        secret = config.get("externalIdSecretName")
        external = (
            f"the value of Port's secret {secret}" if secret else "absent, because the config names no secret"
        )
        sign_in = [
            f"the trust policy of {config['roleArn']}: its principals must be the roles of Port's gateway, "
            f"and sts:ExternalId must be {external}"
        ]
    else:
        names = f"{config.get('accessKeyIdSecretName')} and {config.get('secretAccessKeySecretName')}"
        sign_in = [f"the values of Port's secrets {names}: an active access key of one IAM user"]
    return [
        *sign_in,
        f"the policy: each model's two ARNs, the inference profile called in {region} and the foundation "
        "model in each of the profile's destination regions; and any SCP or permissions boundary",
        "model access in the AWS account: Anthropic's use-case form, the Marketplace subscription",
    ]
