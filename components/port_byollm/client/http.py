"""Calls to Port's API: address, token, timeouts, retries and errors. Other modules have the endpoints."""

import asyncio
import json
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from port_byollm.client.base_url import parse_base_url
from port_byollm.client.errors import (
    PortError,
    PortUnreachable,
    RateLimited,
    ServerFailed,
    UnexpectedAnswer,
    api_error,
)
from port_byollm.client.wire import Token
from port_byollm.errors import ConfigError
from port_byollm.loopback import is_loopback

TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
"""Seconds for one call, unless it asks for more."""

ATTEMPTS: Final = 5
_BACKOFF: Final = 0.5  # seconds before the first retry; doubles, with full jitter
_BACKOFF_CAP: Final = 8.0
_LONGEST_WAIT: Final = 60.0  # seconds; if Port asks for longer, the call fails
# Seconds to renew a token before it expires, so that none expires in transit.
_TOKEN_MARGIN: Final = 60.0

T = TypeVar("T")

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Http:
    """HTTP calls for one Port organization, with a connection pool and an access token.

    `call` retries what may be sent twice: GET, PUT, PATCH and DELETE after a 5xx or a lost connection, and
    every method if the request was rate-limited or never sent. Raises ConfigError if the address or the
    environment's connection settings are invalid.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = parse_base_url(base_url)
        self._host = urlsplit(self._base_url).netloc
        self._client_id = client_id
        self._client_secret = client_secret
        self._sleep = sleep
        self._clock = clock
        self._token = ""
        self._token_expires = 0.0
        self._token_lock = asyncio.Lock()
        try:
            self._client = httpx.AsyncClient(
                base_url=self._base_url,
                timeout=TIMEOUT,
                transport=transport,
                # Reading the machine's certificates takes longer than an emulator's answer.
                verify=self._base_url.startswith("https:"),
                # Use the environment's proxy, but never for an emulator on this machine.
                trust_env=not is_loopback(urlsplit(self._base_url).hostname or ""),
            )
        # An invalid proxy, a proxy that needs another package, or missing certificates.
        except (ValueError, httpx.InvalidURL, ImportError, OSError) as error:
            raise ConfigError(
                "HTTPS_PROXY, SSL_CERT_FILE",
                f"the environment's settings do not allow a connection ({error})",
                "correct or unset these and similar variables",
            ) from error

    def __repr__(self) -> str:
        return f"Http({self._base_url!r})"

    async def close(self) -> None:
        await self._client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        seconds: float | None = None,
        secrets: Collection[str] = (),
    ) -> dict[str, Any]:
        """Return the JSON object that Port answers ({} for an empty answer).

        `seconds` limits each attempt; `secrets` are values in `body` that no error may quote. Raises
        `PortError`.
        """

        async def send(token: str) -> httpx.Response:
            request = self._client.build_request(
                method,
                path,
                json=body,
                params=query,
                headers={"Authorization": f"Bearer {token}"},
                timeout=TIMEOUT if seconds is None else httpx.Timeout(seconds, connect=10.0),
            )
            return await self._send(request, idempotent=method != "POST")

        token = await self._access_token()
        response = await send(token)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            token = await self._access_token(instead_of=token)
            response = await send(token)
        return self._read(response, secrets=(*secrets, token))

    async def once(self, send: Callable[[], Awaitable[T]], find: Callable[[], Awaitable[T | None]]) -> T:
        """Return the result of `send`, a call that must not be carried out twice, such as a POST.

        If the answer is lost, `find` looks up what the call created, and `send` is repeated only if it finds
        nothing. Raises what either of them raises.
        """
        may_be_done = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await send()
            except PortError as error:
                # After a lost answer, a refusal may be due to the lost call.
                may_be_done = may_be_done or _lost(error)
                found = await find() if may_be_done else None
                if found is not None:
                    return found
                if attempt == ATTEMPTS or not _lost(error):
                    raise
            await self._sleep(_backoff(attempt))
        raise AssertionError("unreachable")

    async def _access_token(self, instead_of: str | None = None) -> str:
        """Return the token; a new one if it expires, or if it is `instead_of`, which Port refused."""
        async with self._token_lock:
            if not self._token or self._token == instead_of or self._clock() >= self._token_expires:
                body = {"clientId": self._client_id, "clientSecret": self._client_secret}
                request = self._client.build_request("POST", "/v1/auth/access_token", json=body)
                asked_at = self._clock()
                response = await self._send(request, idempotent=True)
                answer = self._read(response, secrets=())
                try:
                    token = Token.model_validate(answer)
                except ValidationError:
                    raise self._unexpected(response, "without an access token") from None
                # A token that lives no longer than the margin is used for half its lifetime.
                lifetime = max(token.expires_in - _TOKEN_MARGIN, token.expires_in / 2)
                self._token, self._token_expires = token.access_token, asked_at + lifetime
            return self._token

    async def _send(self, request: httpx.Request, idempotent: bool) -> httpx.Response:
        """Send with retries. Return the last answer, or raise PortUnreachable."""
        for attempt in range(1, ATTEMPTS + 1):
            backoff = _backoff(attempt)
            try:
                response = await self._client.send(request)
            # httpx raises no others here: the address is valid, and no redirect is followed.
            except httpx.RequestError as error:
                sent = not isinstance(error, _NEVER_SENT)
                untrusted = _certificate_problem(error)
                if attempt == ATTEMPTS or (sent and not idempotent) or untrusted:
                    reason = type(error).__name__ + (f" ({untrusted})" if untrusted else "")
                    raise PortUnreachable(
                        request.method, request.url.path, reason, self._host, sent
                    ) from error
                wait = backoff
            else:
                if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    asked = _retry_after(response)
                    wait = backoff if asked is None else asked
                elif response.status_code >= 500 and idempotent:
                    wait = max(backoff, _retry_after(response) or 0)
                else:
                    return response
                if attempt == ATTEMPTS or wait > _LONGEST_WAIT:
                    return response
            await self._sleep(wait)
        raise AssertionError("unreachable")

    def _read(self, response: httpx.Response, secrets: Collection[str]) -> dict[str, Any]:
        if response.is_redirect:
            raise self._unexpected(response, "with a redirect")
        try:
            answer = json.loads(response.text or "{}")
        except (ValueError, RecursionError):
            raise self._unexpected(response, "without JSON") from None
        if not isinstance(answer, dict):
            raise self._unexpected(response, "with JSON that is not an object")
        if response.is_success and answer.get("ok") is not False:
            return answer
        # In the decoded answer, where secrets are not escaped.
        raise self._error(response, _masked(answer, (self._client_secret, *secrets)))

    def _error(self, response: httpx.Response, answer: dict[str, Any]) -> Exception:
        """Read both documented forms: `error` is a name (OpenAPI), or has name and message (pages)."""
        error = answer.get("error")
        inner = error if isinstance(error, dict) else answer
        name = error if isinstance(error, str) else inner.get("name")
        details = inner.get("details")
        # A web server's own JSON for an unknown route does not mean that Port has no such thing.
        if response.status_code == httpx.codes.NOT_FOUND and answer.get("ok") is not False:
            return self._unexpected(response, "not like Port's API")
        request = response.request
        failure = api_error(
            request.method,
            request.url.path,
            response.status_code,
            str(name or ""),
            str(inner.get("message") or ""),
            details if isinstance(details, dict) else {},
        )
        if isinstance(failure, RateLimited):
            failure.retry_after = _retry_after(response)
        return failure

    def _unexpected(self, response: httpx.Response, problem: str) -> Exception:
        method, path, status = response.request.method, response.request.url.path, response.status_code
        if status >= 500:
            return ServerFailed(method, path, status, "", f"{self._host} answered {problem}")
        if status in (401, 403, 429):
            return api_error(method, path, status, "", f"{self._host} answered {problem}", {})
        return UnexpectedAnswer(method, path, status, problem, self._host)


def _certificate_problem(error: BaseException | None) -> str:
    """Return why the server's certificate is not trusted, which no retry changes; empty for other errors."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error.verify_message if error else ""


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds to wait: `Retry-After`, or `x-ratelimit-reset` (from now, or since 1970)."""
    text = response.headers.get("retry-after") or response.headers.get("x-ratelimit-reset") or ""
    try:
        seconds = float(text)
    except ValueError:
        return None
    if seconds > 1_000_000_000:
        seconds -= time.time()
    return max(0.0, seconds) if seconds < float("inf") else None


def _masked(answer: Any, secrets: Collection[str]) -> Any:
    """Return `answer` with `[secret]` in place of each secret in its texts."""
    if isinstance(answer, dict):
        return {_masked(key, secrets): _masked(value, secrets) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_masked(item, secrets) for item in answer]
    if isinstance(answer, str):
        for secret in filter(None, secrets):
            answer = answer.replace(secret, "[secret]")
    return answer


def _backoff(attempt: int) -> float:
    """Return the seconds to wait after the given number of attempts."""
    return random.uniform(0, min(_BACKOFF_CAP, _BACKOFF * 2 ** (attempt - 1)))  # noqa: S311  jitter


def _lost(error: PortError) -> bool:
    """Return whether a failed call may have been carried out."""
    return (isinstance(error, PortUnreachable) and error.sent) or isinstance(error, ServerFailed)
