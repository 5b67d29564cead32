"""LLM providers and the organization's defaults: `/v1/llm-providers`.

`models` maps Port's model names to whether they are enabled. With None, Port enables and validates every
model that it supports for the provider. `config` names secrets and should not contain any. If it has secret
values anyway (a custom header), list them in `secrets`, so that no error quotes them.
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
# Seconds; Port calls each enabled model before it answers.
_VALIDATION_TIMEOUT = 120.0


class LlmProviders:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def all(self) -> list[LlmProvider]:
        """Return the registered providers; Port's own only if its settings were changed."""
        answer = await self._http.call("GET", _PATH)
        try:
            return TypeAdapter(list[LlmProvider]).validate_python(answer.get("result"))
        except ValidationError:
            raise UnexpectedAnswer("GET", _PATH, 200, _INCOMPLETE, "Port") from None

    async def get(self, provider: str) -> LlmProvider | None:
        """Return the provider, or None if the organization has not registered it."""
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
        """Register the provider. Raises ModelTestFailed, with nothing saved, if a model's test fails.

        After a lost answer, the registration is looked up before the call is repeated.
        """
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
            existing = await self.get(provider)
            if existing and (existing.config, existing.enabled) != (body["config"], enabled):
                text = f"another registration of {provider} was created meanwhile"
                raise Conflict("POST", _PATH, 409, "", text)
            return existing

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
        """Replace the registration. Raises NotFound, or ModelTestFailed, which keeps the old one."""
        body: dict[str, Any] = {"config": dict(config), "enabled": enabled}
        if models is not None:
            # PUT requires all of Port's models, including those that the provider does not have.
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
        """Delete the registration, if it exists."""
        try:
            await self._http.call("DELETE", _path(provider))
        except NotFound:
            return

    async def get_defaults(self) -> LlmDefaults:
        """Return the organization's default provider and model, or the system's if it has set none."""
        return _defaults("GET", await self._http.call("GET", _DEFAULTS))

    async def set_defaults(self, provider: str, model: str) -> LlmDefaults:
        body = {"provider": provider, "model": model}
        return _defaults("PUT", await self._http.call("PUT", _DEFAULTS, body=body))

    def _result(self, method: str, provider: str, answer: Mapping[str, Any]) -> LlmProvider:
        try:
            return LlmProvider.model_validate(answer.get("result"))
        except ValidationError:
            raise UnexpectedAnswer(method, _path(provider), 200, _INCOMPLETE, "Port") from None


_INCOMPLETE = "without the fields that its API documents"


def _defaults(method: str, answer: Mapping[str, Any]) -> LlmDefaults:
    try:
        return LlmDefaults.model_validate(answer.get("result"))
    except ValidationError:
        raise UnexpectedAnswer(method, _DEFAULTS, 200, _INCOMPLETE, "Port") from None


def _path(provider: str) -> str:
    return f"{_PATH}/{quote(provider, safe='')}"


def _overrides(models: Mapping[str, bool]) -> dict[str, Any]:
    return {"models": {name: {"enabled": enabled} for name, enabled in models.items()}}


def _query(validate_connection: bool) -> dict[str, str]:
    return {"validate_connection": "true" if validate_connection else "false"}


def _seconds(validate_connection: bool) -> float | None:
    return _VALIDATION_TIMEOUT if validate_connection else None
