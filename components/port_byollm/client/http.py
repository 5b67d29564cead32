"""Calls to Port's API: address, token, time-outs, retries, errors. The endpoints are in their own modules."""

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
"""Seconds for one call, where it does not ask for longer."""

ATTEMPTS: Final = 5
_BACKOFF: Final = 0.5  # seconds before the first retry; doubles, with full jitter
_BACKOFF_CAP: Final = 8.0
_LONGEST_WAIT: Final = 60.0  # seconds; when Port asks for longer, the caller is told instead
# A token is renewed this long before it expires, so that none runs out on its way.
_TOKEN_MARGIN: Final = 60.0

T = TypeVar("T")

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Http:
    """One Port organization: a connection pool and one access token for as long as it lives.

    `call` retries what may be sent twice: GET, PUT, PATCH and DELETE after a 5xx or a lost connection, and
    every method when it was rate-limited or never sent. Raises ConfigError where the address or the
    environment's settings for connections cannot be used.
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
                # The machine's certificates take longer to read than an emulator to answer.
                verify=self._base_url.startswith("https:"),
                # A proxy from the environment, but never for an emulator on this machine.
                trust_env=not is_loopback(urlsplit(self._base_url).hostname or ""),
            )
        # An odd proxy, a kind of proxy that takes another package, certificates that are not there.
        except (ValueError, httpx.InvalidURL, ImportError, OSError) as error:
            raise ConfigError(
                "HTTPS_PROXY, SSL_CERT_FILE",
                f"no connection can be set up with what the environment says ({error})",
                "mend or unset those variables, and those like them",
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
        """The JSON object that Port answers ({} for an empty answer).

        `seconds` bounds each try; `secrets` are values in `body` that no error may quote. Raises a
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
        """What `send` gives: a call that must not be carried out twice, such as a POST.

        Where its answer is lost, `find` looks up what it has made; only where that is nothing is it sent
        again. Raises what either of them raises.
        """
        may_be_done = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await send()
            except PortError as error:
                # Once an answer was lost, a refusal may be due to what the lost call did in the end.
                may_be_done = may_be_done or _lost(error)
                found = await find() if may_be_done else None
                if found is not None:
                    return found
                if attempt == ATTEMPTS or not _lost(error):
                    raise
            await self._sleep(_backoff(attempt))
        raise AssertionError("unreachable")

    async def _access_token(self, instead_of: str | None = None) -> str:
        """The run's token; a new one where it expires, or is `instead_of`, which Port did not take."""
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
                # A token that lives no longer than the margin is used for half its life.
                life = max(token.expires_in - _TOKEN_MARGIN, token.expires_in / 2)
                self._token, self._token_expires = token.access_token, asked_at + life
            return self._token

    async def _send(self, request: httpx.Request, idempotent: bool) -> httpx.Response:
        """Send, and send again while that can help; the last answer, or PortUnreachable."""
        for attempt in range(1, ATTEMPTS + 1):
            backoff = _backoff(attempt)
            try:
                response = await self._client.send(request)
            # Nothing but these: the address is checked, and no redirect is followed.
            except httpx.RequestError as error:
                sent = not isinstance(error, _NEVER_SENT)
                distrust = _distrust(error)
                if attempt == ATTEMPTS or (sent and not idempotent) or distrust:
                    reason = type(error).__name__ + (f" ({distrust})" if distrust else "")
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
            raise self._unexpected(response, "with JSON that is no object")
        if response.is_success and answer.get("ok") is not False:
            return answer
        # Decoded, so that it makes no difference how the answer had escaped them.
        raise self._error(response, _without(answer, (self._client_secret, *secrets)))

    def _error(self, response: httpx.Response, answer: dict[str, Any]) -> Exception:
        """Documented are two forms: `error` is the name (OpenAPI), or holds name and message (pages)."""
        error = answer.get("error")
        inner = error if isinstance(error, dict) else answer
        name = error if isinstance(error, str) else inner.get("name")
        details = inner.get("details")
        # A web server's own JSON about a route that it does not have is not Port's word that a thing is gone.
        if response.status_code == httpx.codes.NOT_FOUND and answer.get("ok") is not False:
            return self._unexpected(response, "not as Port's API does")
        request = response.request
        made = api_error(
            request.method,
            request.url.path,
            response.status_code,
            str(name or ""),
            str(inner.get("message") or ""),
            details if isinstance(details, dict) else {},
        )
        if isinstance(made, RateLimited):
            made.retry_after = _retry_after(response)
        return made

    def _unexpected(self, response: httpx.Response, problem: str) -> Exception:
        method, path, status = response.request.method, response.request.url.path, response.status_code
        if status >= 500:
            return ServerFailed(method, path, status, "", f"{self._host} answered {problem}")
        if status in (401, 403, 429):
            return api_error(method, path, status, "", f"{self._host} answered {problem}", {})
        return UnexpectedAnswer(method, path, status, problem, self._host)


def _distrust(error: BaseException | None) -> str:
    """Why the server's certificate is not trusted, which no retry changes; empty where `error` is another."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error.verify_message if error else ""


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that Port asks to wait: `Retry-After`, else `x-ratelimit-reset` (from now, or since 1970)."""
    text = response.headers.get("retry-after") or response.headers.get("x-ratelimit-reset") or ""
    try:
        seconds = float(text)
    except ValueError:
        return None
    if seconds > 1_000_000_000:
        seconds -= time.time()
    return max(0.0, seconds) if seconds < float("inf") else None


def _without(answer: Any, secrets: Collection[str]) -> Any:
    """`answer` with `[secret]` in place of each secret, wherever it stands in a text."""
    if isinstance(answer, dict):
        return {_without(key, secrets): _without(value, secrets) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_without(item, secrets) for item in answer]
    if isinstance(answer, str):
        for secret in filter(None, secrets):
            answer = answer.replace(secret, "[secret]")
    return answer


def _backoff(attempt: int) -> float:
    """Seconds to wait after that many attempts."""
    return random.uniform(0, min(_BACKOFF_CAP, _BACKOFF * 2 ** (attempt - 1)))  # noqa: S311  jitter


def _lost(error: PortError) -> bool:
    """Whether a call may have been carried out although it failed."""
    return (isinstance(error, PortUnreachable) and error.sent) or isinstance(error, ServerFailed)
