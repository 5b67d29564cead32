"""LLM providers and the organization's defaults: `/v1/llm-providers`.

`models` is which models to enable, by Port's name. None leaves it to Port, which then enables, and validates,
every model that it supports for the provider. `config` names secrets and should hold none; where values in it
are secret all the same (a custom header), `secrets` says which, and no error quotes them.
"""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from port_byollm.catalogue import ALL_MODEL_NAMES
from port_byollm.client.errors import Conflict, NotFound, UnexpectedAnswer
from port_byollm.client.http import Http
from port_byollm.client.wire import LlmDefaults, LlmProvider

_PATH = "/v1/llm-providers"
_DEFAULTS = f"{_PATH}/defaults"
# Port really calls each enabled model before it answers.
_VALIDATION_TIMEOUT = 120.0


class LlmProviders:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def all(self) -> list[LlmProvider]:
        """What the organization has registered; of Port's own only where something about it was changed."""
        answer = await self._http.call("GET", _PATH)
        try:
            return TypeAdapter(list[LlmProvider]).validate_python(answer.get("result"))
        except ValidationError:
            raise UnexpectedAnswer("GET", _PATH, 200, _ODD, "Port") from None

    async def get(self, provider: str) -> LlmProvider | None:
        """None when the organization has not registered it."""
        try:
            answer = await self._http.call("GET", _path(provider))
        except NotFound:
            return None
        return self._result("GET", provider, answer)

    async def create(
        self,
        provider: str,
        config: Mapping[str, Any],
        *,
        enabled: bool = True,
        models: Mapping[str, bool] | None = None,
        validate_connection: bool = False,
        secrets: Collection[str] = (),
    ) -> LlmProvider:
        """Raises ModelTestFailed, with nothing saved, where a model does not answer. A call whose answer is
        lost is looked up before it is sent again."""
        body: dict[str, Any] = {"provider": provider, "config": dict(config), "enabled": enabled}
        if models is not None:
            body["overrides"] = _overrides(models)

        async def send() -> LlmProvider:
            answer = await self._http.call(
                "POST",
                _PATH,
                body=body,
                query=_query(validate_connection),
                seconds=_seconds(validate_connection),
                secrets=secrets,
            )
            return self._result("POST", provider, answer)

        async def find() -> LlmProvider | None:
            found = await self.get(provider)
            if found is not None and (found.config, found.enabled) != (body["config"], enabled):
                text = f"another registration of {provider} appeared meanwhile"
                raise Conflict("POST", _PATH, 409, "", text)
            return found

        return await self._http.once(send, find)

    async def update(
        self,
        provider: str,
        config: Mapping[str, Any],
        *,
        enabled: bool = True,
        models: Mapping[str, bool] | None = None,
        validate_connection: bool = False,
        secrets: Collection[str] = (),
    ) -> LlmProvider:
        """Replaces the registration. Raises NotFound; ModelTestFailed, after which the old one stands."""
        body: dict[str, Any] = {"config": dict(config), "enabled": enabled}
        if models is not None:
            # PUT asks for every model of Port's, also for those that the provider does not have.
            body["overrides"] = _overrides(dict.fromkeys(ALL_MODEL_NAMES, False) | dict(models))
        answer = await self._http.call(
            "PUT",
            _path(provider),
            body=body,
            query=_query(validate_connection),
            seconds=_seconds(validate_connection),
            secrets=secrets,
        )
        return self._result("PUT", provider, answer)

    async def delete(self, provider: str) -> None:
        """What is gone already counts as deleted."""
        try:
            await self._http.call("DELETE", _path(provider))
        except NotFound:
            return

    async def get_defaults(self) -> LlmDefaults:
        """The organization's default provider and model, or the system's where it has set none."""
        return _defaults("GET", await self._http.call("GET", _DEFAULTS))

    async def set_defaults(self, provider: str, model: str) -> LlmDefaults:
        body = {"provider": provider, "model": model}
        return _defaults("PUT", await self._http.call("PUT", _DEFAULTS, body=body))

    def _result(self, method: str, provider: str, answer: Mapping[str, Any]) -> LlmProvider:
        try:
            return LlmProvider.model_validate(answer.get("result"))
        except ValidationError:
            raise UnexpectedAnswer(method, _path(provider), 200, _ODD, "Port") from None


_ODD = "without the fields that its API documents"


def _defaults(method: str, answer: Mapping[str, Any]) -> LlmDefaults:
    try:
        return LlmDefaults.model_validate(answer.get("result"))
    except ValidationError:
        raise UnexpectedAnswer(method, _DEFAULTS, 200, _ODD, "Port") from None


def _path(provider: str) -> str:
    return f"{_PATH}/{quote(provider, safe='')}"


def _overrides(models: Mapping[str, bool]) -> dict[str, Any]:
    return {"models": {name: {"enabled": enabled} for name, enabled in models.items()}}


def _query(validate_connection: bool) -> dict[str, str]:
    return {"validate_connection": "true" if validate_connection else "false"}


def _seconds(validate_connection: bool) -> float | None:
    return _VALIDATION_TIMEOUT if validate_connection else None
