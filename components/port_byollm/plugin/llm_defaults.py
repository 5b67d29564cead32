"""`port-byollm:index:LlmDefaults`: the organization's default provider and model, one pair per organization.

A program gives the provider, the model, or both. Port's API sets only both together, so the one that is left
out is read from Port when the other is set, and is not managed otherwise.

Port's API cannot unset the default, so `onRemoval` says what a removal sets:

* `restore` (the default): the default before this resource's first update. If that is unknown (after an
  import, or an update that was killed just after it changed the default), the system default.
* `system-default`: Port's own models.
* `keep`: no change.

With `dataResidency`, a removal that would send prompts to Port's own models is refused, unless `onRemoval` is
`system-default`. An update that would lead to such a removal warns. A replacement or a rename in the program
is not a removal.
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
from port_byollm.defaults import ON_REMOVAL
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
_PAIR = ("provider", "model")
_ON_REMOVAL = ("restore", "system-default", "keep")
_TYPES = {"provider": str, "model": str, "enabledModels": list, "onRemoval": str, "dataResidency": str}

Pair = tuple[Any, Any]
"""Provider and model."""


class LlmDefaults(Resource):
    token = "port-byollm:index:LlmDefaults"  # noqa: S105  a type token
    required = frozenset()
    optional = frozenset(_TYPES)

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, _TYPES)
        provider, model, on_removal = (news.get(key) for key in (*_PAIR, "onRemoval"))
        if isinstance(on_removal, str) and on_removal not in _ON_REMOVAL:
            problems.add("onRemoval", f"is {on_removal}; give {', '.join(_ON_REMOVAL)}")
        if provider is None and model is None:
            problems.add("provider", "is missing, and so is model; give at least one of them")
        for key, problem in _pair_problems((provider, model), news):
            problems.add(key, problem)
        if not isinstance(provider, str) or not isinstance(model, str):
            return
        own = models_for(provider)
        if provider not in PROVIDERS or (own and model not in own and model not in ALL_MODEL_NAMES):
            await self._connection.warn(
                request.urn, f"{model} of {provider} is unknown to this version; it is sent to Port unchecked"
            )

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        old, new = plain(request.old_state), plain(request.new_inputs)
        # The state keeps `onRemoval`, because a removal sees nothing but the state.
        return differences(
            {**old, "onRemoval": old.get("onRemoval", ON_REMOVAL)},
            {**new, "onRemoval": new.get("onRemoval", ON_REMOVAL)},
            (*_given(new), "onRemoval", "dataResidency"),
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            return CreateResponse(ID, _outputs(request.properties, _pair(inputs), (UNKNOWN, UNKNOWN)))
        port = self._connection.port().llm_providers
        now = await port.get_defaults()
        before = (now.provider, now.model)
        pair = _completed(inputs, before)
        await port.set_defaults(*pair)
        await self._warn_of_removal(request.urn, inputs, pair, before)
        return CreateResponse(ID, _outputs(request.properties, pair, before))

    async def read(self, request: ReadRequest) -> ReadResponse:
        if request.resource_id != ID:
            raise PluginError(f"an organization has only one default; import it with the id {ID}")
        found = await self._connection.port().llm_providers.get_defaults()
        remote = {"provider": found.provider, "model": found.model}
        keys = _given(plain(request.inputs)) or _PAIR
        inputs = {
            **request.inputs,
            **{key: marked_like(remote[key], request.inputs.get(key)) for key in keys},
        }
        pair, previous = (found.provider, found.model), _previous(plain(request.properties))
        return ReadResponse(ID, _outputs(inputs, pair, previous), without_nulls(inputs))

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        old, new = plain(request.olds), plain(request.news)
        pair, previous = _pair(old), _previous(old)
        if any(new[key] != old.get(key) for key in _given(new)):
            pair = _pair(new)
            if not request.preview:
                port = self._connection.port().llm_providers
                if UNKNOWN in pair:
                    now = await port.get_defaults()
                    pair = now.provider, now.model
                pair = _completed(new, pair)
                await port.set_defaults(*pair)
        await self._warn_of_removal(request.urn, new, pair, previous)
        return UpdateResponse(_outputs(request.news, pair, previous))

    async def delete(self, request: DeleteRequest) -> None:
        state = plain(request.properties)
        if state.get("onRemoval") == "keep":
            return
        port = self._connection.port().llm_providers
        now = await port.get_defaults()
        if (now.provider, now.model) != _pair(state):
            await self._connection.warn(
                request.urn,
                f"the default is {now.model} of {now.provider}, which somebody else set; it stays as it is",
            )
            return
        if refusal := _refusal(state, _pair(state), _previous(state)):
            raise PluginError(f"onRemoval: {refusal}. The defaults are unchanged. {_WAY_OUT}")
        await port.set_defaults(*_after_removal(state, _pair(state), _previous(state)))

    async def _warn_of_removal(self, urn: str, inputs: Mapping[str, Any], pair: Pair, previous: Pair) -> None:
        if refusal := _refusal(inputs, pair, previous):
            await self._connection.warn(urn, f"`pulumi destroy` will be refused: {refusal}. {_WAY_OUT}")


_WAY_OUT = (
    "Set onRemoval to keep (the default stays as it is) or, if you want it, to system-default, and run "
    "`pulumi up`; then `pulumi destroy` succeeds"
)


def _given(inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which of provider and model the program gives."""
    return tuple(key for key in _PAIR if inputs.get(key) is not None)


def _pair(inputs: Mapping[str, Any]) -> Pair:
    """Return provider and model; UNKNOWN stands for one that is left out."""
    provider, model = (UNKNOWN if inputs.get(key) is None else inputs[key] for key in _PAIR)
    return provider, model


def _previous(state: Mapping[str, Any]) -> Pair:
    return state.get("previousProvider"), state.get("previousModel")


def _completed(inputs: Mapping[str, Any], now: Pair) -> Pair:
    """Return the pair to set, completed from `now`. Raises PluginError if the two do not fit."""
    given = _given(inputs)
    provider, model = (inputs[key] if key in given else at for key, at in zip(_PAIR, now, strict=True))
    for key, problem in _pair_problems((provider, model), inputs):
        left_out = "" if key in given else "; it was left out, and this is Port's present one: give it"
        raise PluginError(f"{key} {problem}{left_out}")
    return provider, model


def _pair_problems(pair: Pair, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the problems of the combination; a missing or UNKNOWN part is not one."""
    (provider, model), enabled, residency = pair, inputs.get("enabledModels"), inputs.get("dataResidency")
    if provider == "port" and isinstance(residency, str):
        return [("provider", f"is port, Port's own models, while dataResidency is {residency}")]
    if not isinstance(model, str):
        return []
    own = models_for(provider) if isinstance(provider, str) else ()
    if own and model not in own and model in ALL_MODEL_NAMES:
        return [("model", f"is {model}, which {provider} does not have: {', '.join(own)}")]
    if isinstance(enabled, list) and UNKNOWN not in enabled and model not in enabled:
        names = ", ".join(map(str, enabled)) or "none"
        of = f" for {provider}" if isinstance(provider, str) else ""
        return [("model", f"is {model}, which is not enabled{of}; enabled: {names}")]
    return []


def _after_removal(inputs: Mapping[str, Any], pair: Pair, previous: Pair) -> Pair:
    if inputs.get("onRemoval") == "system-default" or previous[0] is None or previous == pair:
        return SYSTEM_DEFAULT
    return previous


def _refusal(inputs: Mapping[str, Any], pair: Pair, previous: Pair) -> str:
    """Return why a removal is refused: it would send prompts to Port's own models. Empty if it is not."""
    residency = inputs.get("dataResidency")
    if not isinstance(residency, str) or inputs.get("onRemoval", ON_REMOVAL) != "restore":
        return ""
    provider, model = _after_removal(inputs, pair, previous)
    if provider != "port":
        return ""
    return (
        f"removing these defaults would make {model} of port, Port's own models, the default, while "
        f"dataResidency is {residency}"
    )


def _outputs(inputs: Mapping[str, PropertyValue], pair: Pair, previous: Pair) -> dict[str, PropertyValue]:
    outputs = {key: value for key, value in inputs.items() if key != "enabledModels"}
    now = {key: marked_like(value, inputs.get(key)) for key, value in zip(_PAIR, pair, strict=True)}
    before = dict(zip(("previousProvider", "previousModel"), map(wrap, previous), strict=True))
    return without_nulls({**outputs, **now, **before})
