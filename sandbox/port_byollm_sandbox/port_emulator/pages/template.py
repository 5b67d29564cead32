"""The pages' templates, which escape all text, and their static files."""

from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from port_byollm.proof.picture import STYLE
from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.organizations import Caller, Role
from port_byollm_sandbox.port_emulator.pages import paths

HERE = Path(__file__).parent
DONE = {
    "default": "The default is saved.",
    "edited": "The secret is changed.",
    "deleted": "The secret is deleted.",
}
"""`?done=` in the page's URL, to which a form's answer redirects -> message."""

_LABELS = {
    "openai": "OpenAI",
    "azure-openai": "Azure OpenAI",
    "anthropic": "Anthropic",
    "bedrock": "AWS Bedrock",
    "port": "Port",
    "azure-anthropic": "Azure Anthropic",
    "vertex-gemini": "Vertex Gemini",
    "vertex-anthropic": "Vertex Anthropic",
    "openai-compatible": "OpenAI compatible",
    "anthropic-compatible": "Anthropic compatible",
}


def render(
    request: Request, name: str, caller: Caller | None, status: int = 200, **values: object
) -> HTMLResponse:
    """Render a page for `caller`. It shows `values["problem"]`, or the message for `?done=`, at its top."""
    page = _environment.get_template(f"{name}.html.j2").render(
        values,
        caller=caller,
        is_admin=caller is not None and caller.role is Role.ADMIN,
        here=request.url.path,
        problem=values.get("problem"),
        done=DONE.get(request.query_params.get("done", "")),
    )
    return HTMLResponse(page, status)


async def style(_: Request) -> Response:
    """Serve one style sheet: that of the proofs' pages, plus the rules of these pages."""
    return Response(_style, media_type="text/css", headers={"Cache-Control": "max-age=300"})


async def icon(_: Request) -> Response:
    content = (HERE / "icon.svg").read_bytes()
    return Response(content, media_type="image/svg+xml", headers={"Cache-Control": "max-age=300"})


def _label(provider: str) -> str:
    return _LABELS.get(provider, provider)


def _moment(stamp: str) -> str:
    """`2026-11-22T21:15:34.000Z` -> `2026-11-22 21:15:34`; all times are in UTC."""
    return stamp[:19].replace("T", " ")


# Hides the models of the providers that are not chosen, in browsers that support `:has`.
_others = ",\n".join(
    f'form:has(option[value="{provider}"]:checked) optgroup:not(.{provider})' for provider in wire.PROVIDERS
)
_style = f"{STYLE.read_text()}\n{(HERE / 'pages.css').read_text()}\n{_others} {{ display: none; }}\n"
_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["paths"] = paths
_environment.filters |= {"label": _label, "moment": _moment}
