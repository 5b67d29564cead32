"""The installed software as a CycloneDX bill of materials (https://cyclonedx.org/docs/1.6/json/)."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions, version
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from port_byollm_engine.install import Engine
from port_byollm_engine.provenance import Resource, sha256

Lock = Mapping[tuple[str, str], list[str]]
"""Canonical name and version of a distribution -> SHA-256 of each file that may be installed as it."""


def read_lock(path: Path) -> Lock:
    """Read a requirements file with hashes (https://pip.pypa.io/en/stable/topics/secure-installs/)."""
    entries = re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+)[^\\\n]*((?:\\\n +--hash=sha256:[0-9a-f]{64} ?)+)", path.read_text(), re.M
    )
    return {
        (_canonical(name), release): re.findall(r"sha256:(\w+)", hashes) for name, release, hashes in entries
    }


def bill_of_materials(engine: Engine, lock: Lock) -> Bom:
    """List the Python distributions of this environment, `engine`, and the `aws` plugin.

    A distribution whose version `lock` does not pin gets the property `port-byollm:locked` = `false`.
    """
    bom = Bom()
    root = _component(PackageURL("pypi", name="port-byollm", version=version("port-byollm")))
    root.type = ComponentType.APPLICATION
    bom.metadata.component = root
    pulumi = _engine(engine)
    parts = [pulumi, _aws_plugin(), *_python(lock)]
    modules = [*_modules(engine.provenance.resources)] if engine.provenance else []
    for component in (*parts, *modules):
        bom.components.add(component)
    bom.register_dependency(root, parts)
    bom.register_dependency(pulumi, [each for each in modules if each.scope is not ComponentScope.EXCLUDED])
    return bom


def to_json(bom: Bom) -> str:
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _python(lock: Lock) -> Iterator[Component]:
    # `distributions()` follows sys.path: of two with the same name, the first is the one that is imported.
    found = {_canonical(each.name): each for each in reversed([*distributions()])}
    for name, distribution in sorted(found.items()):
        if name != "port-byollm":
            yield _distribution(name, distribution, lock.get((name, distribution.version)))


def _distribution(name: str, distribution: Distribution, hashes: Iterable[str] | None) -> Component:
    purl = PackageURL("pypi", name=name, version=distribution.version)
    component = _component(purl)
    if hashes is None:
        component.properties.add(Property(name="port-byollm:locked", value="false"))
    else:
        # These are hashes of the release's files, one per platform, not of the installed component.
        component.external_references.add(
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(purl.to_string()),
                hashes=[_sha256(each) for each in hashes],
            )
        )
    return component


def _engine(engine: Engine) -> Component:
    source = engine.provenance.source if engine.provenance else "path"
    component = _component(PackageURL("github", "pulumi", "pulumi", f"v{engine.version}"))
    component.type = ComponentType.APPLICATION
    component.hashes.add(_sha256(sha256(engine.path)))
    component.properties.add(Property(name="port-byollm:source", value=source))
    component.properties.add(Property(name="port-byollm:official", value=str(engine.official).lower()))
    return component


def _modules(resources: Iterable[Resource]) -> Iterator[Component]:
    """The Go modules in the engine, and the toolchain that compiled it, marked as excluded from it."""
    for resource in resources:
        if "uri" not in resource:
            continue  # go.mod or another lock file: the modules themselves are listed
        purl = PackageURL.from_string(resource["uri"])
        digest = resource.get("digest", {})
        component = _component(purl)
        if "sha256" in digest:
            component.hashes.add(_sha256(digest["sha256"]))
        if "dirHash" in digest:  # CycloneDX has no algorithm for the hash of an archive's contents
            component.properties.add(Property(name="port-byollm:dirHash", value=digest["dirHash"]))
        if purl.type == "generic":
            component.type = ComponentType.APPLICATION
            component.scope = ComponentScope.EXCLUDED
        yield component


def _aws_plugin() -> Component:
    """The engine installs it, in the SDK's version, when a stack other than `local` first needs it."""
    release = version("pulumi-aws")
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    executable = home / "plugins" / f"resource-aws-v{release}" / "pulumi-resource-aws"
    component = _component(PackageURL("github", "pulumi", "pulumi-aws", f"v{release}"))
    component.type = ComponentType.APPLICATION
    component.properties.add(Property(name="port-byollm:installed", value=str(executable.is_file()).lower()))
    if executable.is_file():
        component.hashes.add(_sha256(sha256(executable)))
    return component


def _component(purl: PackageURL) -> Component:
    """Return a library named as in `purl`, which is also its reference within the document."""
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return Component(
        name=name, version=purl.version, type=ComponentType.LIBRARY, purl=purl, bom_ref=purl.to_string()
    )


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _canonical(name: str) -> str:
    """Normalize: https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()
