"""The bill of materials, as the schema of CycloneDX and its readers see it."""

import json
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion

from port_byollm_engine import sbom
from port_byollm_engine.install import Engine
from port_byollm_engine.provenance import GO_MODULE, Origin, Provenance, Resource, sha256

ROOT = Path(__file__).parents[2]
RESOURCES: list[Resource] = [
    {"name": "go.sum", "digest": {"sha256": "ab" * 32}},
    {"uri": "pkg:generic/go@1.26.8", "digest": {"sha256": "cd" * 32}},
    {"uri": "pkg:golang/stdlib@1.26.8"},
    {"uri": "pkg:golang/example.com/x/v2@v2.0.0", "digest": {"dirHash": "beef"}},
]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    path = tmp_path / "bin/pulumi"
    path.parent.mkdir()
    path.write_text("an engine")
    origin = Origin(GO_MODULE, {}, RESOURCES)
    provenance = Provenance.record(tmp_path, "3.250.0", origin, datetime.now(UTC))
    return Engine(path, "3.250.0", official=False, provenance=provenance)


def document(engine: Engine, lock: sbom.Lock) -> dict[str, Any]:
    """The document, which the schema is satisfied with."""
    from cyclonedx.validation.json import JsonStrictValidator  # and with it jsonschema, which takes a second

    text = sbom.to_json(sbom.bill_of_materials(engine, lock))
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, error
    made: dict[str, Any] = json.loads(text)
    return made


def components(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["purl"]: each for each in document["components"]}


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in component.get("properties", [])}


def test_a_distribution_has_the_hashes_that_the_lock_pins(engine: Engine) -> None:
    lock = sbom.read_lock(ROOT / "requirements.lock")

    click = components(document(engine, lock))[f"pkg:pypi/click@{version('click')}"]

    [reference] = click["externalReferences"]
    assert sorted(each["content"] for each in reference["hashes"]) == sorted(lock["click", version("click")])
    assert "properties" not in click


def test_a_distribution_in_another_version_than_the_lock_pins_says_so(engine: Engine) -> None:
    found = components(document(engine, {("click", "0.1"): ["ab" * 32]}))

    assert properties(found[f"pkg:pypi/click@{version('click')}"]) == {"port-byollm:locked": "false"}


def test_a_lock_is_read_with_markers_and_several_hashes(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"# a comment\nRuamel.Yaml==0.18 ; python_version < '4' \\\n    --hash=sha256:{'ab' * 32} \\\n"
        f"    --hash=sha256:{'cd' * 32}\nclick==8.1 \\\n    --hash=sha256:{'ef' * 32}\n"
    )

    assert sbom.read_lock(lock) == {
        ("ruamel-yaml", "0.18"): ["ab" * 32, "cd" * 32],
        ("click", "8.1"): ["ef" * 32],
    }


def test_every_entry_of_the_lock_is_read() -> None:
    path = ROOT / "requirements.lock"

    assert len(sbom.read_lock(path)) == len(re.findall("^[^ #]+==", path.read_text(), re.M))


def test_the_engine_depends_on_the_modules_within_it(engine: Engine) -> None:
    made = document(engine, {})

    found = components(made)
    pulumi = found["pkg:github/pulumi/pulumi@v3.250.0"]
    assert pulumi["hashes"] == [{"alg": "SHA-256", "content": sha256(engine.path)}]
    assert properties(pulumi) == {"port-byollm:source": "go-module", "port-byollm:official": "false"}
    module = found["pkg:golang/example.com/x/v2@v2.0.0"]
    assert (module["name"], module["version"]) == ("example.com/x/v2", "v2.0.0")
    assert properties(module) == {"port-byollm:dirHash": "beef"}
    depends = {each["ref"]: each.get("dependsOn", []) for each in made["dependencies"]}
    assert set(depends[pulumi["bom-ref"]]) == {
        "pkg:golang/stdlib@1.26.8",
        "pkg:golang/example.com/x/v2@v2.0.0",
    }
    assert pulumi["bom-ref"] in depends[made["metadata"]["component"]["bom-ref"]]


def test_the_toolchain_is_there_but_no_part_of_the_engine(engine: Engine) -> None:
    go = components(document(engine, {}))["pkg:generic/go@1.26.8"]

    assert go["scope"] == "excluded"
    assert go["hashes"] == [{"alg": "SHA-256", "content": "cd" * 32}]


def test_of_an_engine_on_path_only_the_file_is_known(engine: Engine) -> None:
    found = components(document(Engine(engine.path, "3.251.0", official=True), {}))

    pulumi = found["pkg:github/pulumi/pulumi@v3.251.0"]
    assert properties(pulumi) == {"port-byollm:source": "path", "port-byollm:official": "true"}
    assert not any(purl.startswith("pkg:golang/") for purl in found)


def test_the_plugin_aws_has_a_hash_once_it_is_installed(engine: Engine, tmp_path: Path) -> None:
    purl = f"pkg:github/pulumi/pulumi-aws@v{version('pulumi-aws')}"
    before = components(document(engine, {}))[purl]
    plugin = tmp_path / f"pulumi/plugins/resource-aws-v{version('pulumi-aws')}/pulumi-resource-aws"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("a plugin")

    after = components(document(engine, {}))[purl]

    assert (properties(before), "hashes" in before) == ({"port-byollm:installed": "false"}, False)
    assert properties(after) == {"port-byollm:installed": "true"}
    assert after["hashes"] == [{"alg": "SHA-256", "content": sha256(plugin)}]
