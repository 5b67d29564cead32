"""`port-byollm:index:LlmDefaults`: the organisation's default provider and model, of which there is one.

Port has no "unset", so `onRemoval` says what a removal leaves behind:

* `restore` (the default): what stood there before the first update of this resource. Where that is not known
  (after an import, or an update that was killed just after it had changed the default): the system default.
* `system-default`: Port's own models.
* `keep`: what is there.

With `dataResidency`, a removal that would send prompts to Port's own models is refused unless `onRemoval`
says so in as many words; and refused early, in the update that would make such a removal possible.
"""

from collections.abc import Mapping
from typing import Any

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

from port_byollm.catalogue.port import ALL_MODEL_NAMES, PROVIDERS, SYSTEM_DEFAULT, models_for
from port_byollm.plugin.resource import (
    Problems,
    Resource,
    differences,
    marked_like,
    type_problems,
    without_nulls,
)
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.values import UNKNOWN, plain, wrap

ID = "defaults"
_ON_REMOVAL = ("restore", "system-default", "keep")
_TYPES = {"provider": str, "model": str, "enabledModels": list, "onRemoval": str, "dataResidency": str}


class LlmDefaults(Resource):
    token = "port-byollm:index:LlmDefaults"  # noqa: S105  a type token
    required = frozenset({"provider", "model"})
    optional = frozenset(_TYPES) - required

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, _TYPES)
        provider, model, enabled = (news.get(key) for key in ("provider", "model", "enabledModels"))
        on_removal = news.get("onRemoval")
        if isinstance(on_removal, str) and on_removal not in _ON_REMOVAL:
            problems.add("onRemoval", f"is {on_removal}; give {', '.join(_ON_REMOVAL)}")
        if not isinstance(provider, str) or not isinstance(model, str):
            return
        own = models_for(provider)
        if provider not in PROVIDERS or (own and model not in own and model not in ALL_MODEL_NAMES):
            await self._connection.warn(
                request.urn, f"{model} of {provider} is not known to this version; it is passed on unchecked"
            )
        if own and model not in own and model in ALL_MODEL_NAMES:
            problems.add("model", f"is {model}, which {provider} does not have: {', '.join(own)}")
        elif isinstance(enabled, list) and UNKNOWN not in enabled and model not in enabled:
            names = ", ".join(map(str, enabled)) or "none"
            problems.add("model", f"is {model}, which is not enabled for {provider}; enabled: {names}")

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        old, new = plain(request.old_state), plain(request.new_inputs)
        _refuse_surprise(new, _previous(old))
        # How to remove is kept in the state, because that is all that a removal gets to see.
        return differences(
            {**old, "onRemoval": old.get("onRemoval", "restore")},
            {**new, "onRemoval": new.get("onRemoval", "restore")},
            ("provider", "model", "onRemoval", "dataResidency"),
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            return CreateResponse(ID, _outputs(request.properties, (UNKNOWN, UNKNOWN)))
        port = self._connection.port().llm_providers
        before = await port.get_defaults()
        previous = (before.provider, before.model)
        _refuse_surprise(inputs, previous)
        await port.set_defaults(inputs["provider"], inputs["model"])
        return CreateResponse(ID, _outputs(request.properties, previous))

    async def read(self, request: ReadRequest) -> ReadResponse:
        if request.resource_id != ID:
            raise PluginError(f"an organisation has one pair of defaults; import it with the id {ID}")
        found = await self._connection.port().llm_providers.get_defaults()
        remote = {"provider": found.provider, "model": found.model}
        inputs = {
            **request.inputs,
            **{key: marked_like(value, request.inputs.get(key)) for key, value in remote.items()},
        }
        return ReadResponse(ID, _outputs(inputs, _previous(plain(request.properties))), without_nulls(inputs))

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        old, new = plain(request.olds), plain(request.news)
        pair = (new["provider"], new["model"])
        if not request.preview and pair != (old.get("provider"), old.get("model")):
            await self._connection.port().llm_providers.set_defaults(*pair)
        return UpdateResponse(_outputs(request.news, _previous(old)))

    async def delete(self, request: DeleteRequest) -> None:
        state = plain(request.properties)
        if state.get("onRemoval") == "keep":
            return
        port = self._connection.port().llm_providers
        now = await port.get_defaults()
        if (now.provider, now.model) != (state["provider"], state["model"]):
            await self._connection.warn(
                request.urn,
                f"the default is {now.model} of {now.provider}, set by somebody else; left as it is",
            )
            return
        _refuse_surprise(state, _previous(state))
        await port.set_defaults(*_after_removal(state, _previous(state)))


def _previous(state: Mapping[str, Any]) -> tuple[Any, Any]:
    return state.get("previousProvider"), state.get("previousModel")


def _after_removal(inputs: Mapping[str, Any], previous: tuple[Any, Any]) -> tuple[Any, Any]:
    ours = (inputs["provider"], inputs["model"])
    if inputs.get("onRemoval") == "system-default" or previous[0] is None or previous == ours:
        return SYSTEM_DEFAULT
    return previous


def _refuse_surprise(inputs: Mapping[str, Any], previous: tuple[Any, Any]) -> None:
    """Raises PluginError where a removal would quietly hand prompts to Port's own models."""
    residency = inputs.get("dataResidency")
    if not residency or inputs.get("onRemoval", "restore") != "restore":
        return
    provider, model = _after_removal(inputs, previous)
    if provider == "port":
        raise PluginError(
            f"onRemoval: removing these defaults would send prompts to Port's own models (port, {model}), "
            f"while dataResidency is {residency}; set onRemoval to keep, or to system-default if you want it"
        )


def _outputs(inputs: Mapping[str, PropertyValue], previous: tuple[Any, Any]) -> dict[str, PropertyValue]:
    outputs = {key: value for key, value in inputs.items() if key != "enabledModels"}
    provider, model = previous
    return without_nulls({**outputs, "previousProvider": wrap(provider), "previousModel": wrap(model)})
