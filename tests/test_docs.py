"""The documentation's examples are programs that run, and its links lead somewhere."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

PROJECT = Path(__file__).parents[1]
COMMAND = Path(sys.executable).with_name("port-byollm")
PAGES = [PROJECT / "README.md", *sorted(PROJECT.glob("docs/*.md"))]
# What the examples read from their stack's configuration.
CONFIGURATION = {
    "litellmKey": "an-api-key",
    "vertexClientEmail": "port@acme-ai.iam.gserviceaccount.com",
    "vertexPrivateKey": "a-private-key",
}


def _examples() -> Iterator[object]:
    seen: set[str] = set()  # a new program is printed twice
    for page in PAGES:
        for number, program in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL), 1):
            # Those of docs/testing.md are run by the test of the fixtures.
            if "\ndef test_" not in program and program not in seen:
                seen.add(program)
                yield pytest.param(program, id=f"{page.name}-{number}")


@pytest.mark.parametrize("program", [*_examples()])
def test_example_runs(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_BYOLLM_SANDBOX_DIR", str(tmp_path / "sandbox"))
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())
    project |= {"name": "example", "main": ".", "stackConfigDir": "."}
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    project["plugins"]["providers"][0]["path"] = str(PROJECT / "components/port_byollm/plugin")
    tmp_path.joinpath("Pulumi.yaml").write_text(yaml.safe_dump(project))
    tmp_path.joinpath("__main__.py").write_text(program)
    stack = yaml.safe_load((PROJECT / "stacks/Pulumi.local.yaml").read_text())
    stack["config"] = {f"example:{key}": value for key, value in CONFIGURATION.items()}
    try:
        if "ClientId" in program:
            stack["config"] |= _organizations(tmp_path)
        tmp_path.joinpath("Pulumi.local.yaml").write_text(yaml.safe_dump(stack))
        up = _run("pulumi", "up", "--stack", "local", "--yes", "--skip-preview", cwd=tmp_path)
        assert up.returncode == 0, up.stdout + up.stderr
    finally:
        _run("sandbox", "stop", cwd=tmp_path)


def _organizations(cwd: Path) -> dict[str, str]:
    """Two more in the sandbox, as the example that names them reads their credentials."""
    _run("sandbox", "start", cwd=cwd)
    port = json.loads(_run("sandbox", "status", "--json", cwd=cwd).stdout)["port"]["baseUrl"]
    found: dict[str, str] = {}
    for name in ("acme", "acme-labs"):
        made = httpx.post(f"{port}/_emulator/organizations", json={"id": name}, trust_env=False)
        admin = made.raise_for_status().json()["admin"]
        found |= {f"example:{name}{key[0].upper()}{key[1:]}": value for key, value in admin.items()}
    return found


def test_links_within_the_documentation_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text())
        if "://" not in target and not _leads_somewhere(page, target)
    ]
    assert broken == []


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in _anchors(file.read_text()))


def _anchors(text: str) -> set[str]:
    """Those of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_commands_of_the_documentation_exist() -> None:
    verbs = {verb for page in PAGES for verb in re.findall(r"`port-byollm ([a-z-]+)", page.read_text())}
    missing = [verb for verb in sorted(verbs) if _run(verb, "--help", cwd=PROJECT).returncode]
    assert missing == []
    targets = {
        verb for page in PAGES for verb in re.findall(r"^make ([a-z]+)", page.read_text(), re.MULTILINE)
    }
    assert [
        target for target in sorted(targets) if f"\n{target}:" not in (PROJECT / "Makefile").read_text()
    ] == []


def _run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *args], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
