"""The places in the repository that findings point to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from port_byollm_policies.report.outcome import Finding
from port_byollm_policies.rule import Rule


@dataclass(frozen=True)
class Place:
    """A line of a file. The path is relative to the repository and has slashes."""

    path: str
    line: int


class Places:
    """Finds the place for each finding of a stack."""

    def __init__(self, project: Path, configuration: Path, resources: Sequence[Mapping[str, Any]]) -> None:
        """
        :param project: The folder with the Pulumi.yaml.
        :param configuration: The stack's `Pulumi.<stack>.yaml`; it need not exist.
        :param resources: The planned resources, as in `newState` of `pulumi preview --json`.
        """
        self._project = project.resolve()
        self._repository = next(
            (folder for folder in (self._project, *self._project.parents) if (folder / ".git").exists()),
            self._project,
        )
        self._configuration = configuration.resolve()
        self._resources = {resource["urn"]: resource for resource in resources}
        self._settings = _settings(self._configuration)

    def of(self, finding: Finding, rule: Rule | None) -> Place:
        """Return the setting that causes the finding, for resources of our components; else the line of the
        program that creates the resource; else the first line of the stack's configuration."""
        if finding.is_in_our_components and (line := self._setting(finding.name, rule.key if rule else "")):
            return self._place(self._configuration, line)
        for position in self._positions(finding.urn):
            path, _, line_number = position.removeprefix("project:///").rpartition("#")
            file = (self._project / path).resolve()
            if file.is_relative_to(self._project) and not _is_installed(file):
                return self._place(file, int(line_number.partition(",")[0]))
        return self._place(self._configuration, 1)

    def _setting(self, section: str, key: str) -> int | None:
        """Return the line of a setting or, if it is missing, of the nearest section that would contain it."""
        path = [key] if ":" in key else [f"byollm:{section}", *filter(None, key.split("."))]
        if ":" in key and key not in self._settings:
            path = [f"byollm:{section}"]
        while path:
            if line := self._settings.get(".".join(path)):
                return line
            path.pop()
        return None

    def _positions(self, urn: str) -> Iterator[str]:
        """Yield the positions in the program that created the resource, innermost first."""
        resource = self._resources.get(urn) or {}
        for frame in (resource, *(resource.get("stackTrace") or ())):
            if position := frame.get("sourcePosition"):
                yield position

    def _place(self, file: Path, line: int) -> Place:
        inside = file.is_relative_to(self._repository)
        return Place((file.relative_to(self._repository) if inside else file).as_posix(), line)


def _is_installed(file: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(file.parts)


def _settings(configuration: Path) -> dict[str, int]:
    """Return key of the configuration, such as `byollm:bedrock.role.name`, -> its line."""
    lines: dict[str, int] = {}

    def walk(node: yaml.Node | None, prefix: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                path = f"{prefix}{key.value}"
                lines[path] = key.start_mark.line + 1
                walk(value, f"{path}.")

    try:
        walk(yaml.compose(configuration.read_text(encoding="utf-8")), "")
    except (OSError, yaml.YAMLError):
        return {}  # the engine reports the error
    return {path.removeprefix("config."): line for path, line in lines.items() if path != "config"}
