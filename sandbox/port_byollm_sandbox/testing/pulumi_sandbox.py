"""Pulumi stacks in the sandbox, for tests."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from pulumi.automation import LocalWorkspace, PulumiCommand, Stack

from port_byollm_sandbox.testing.project import Project


class PulumiSandbox:
    """Stacks that use a sandbox's state, AWS and Port. Their projects are assembled in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._projects: dict[Path | None, Project] = {}

    def stack(
        self,
        program: Callable[[], None] | Path,
        name: str = "local",
        config: Mapping[str, object] | None = None,
    ) -> Stack:
        """Return a stack of Pulumi's Automation API, created if needed, with `up`, `preview`, `destroy`, ….

        `program` is a function, run in this process as the program of a project `test`, or the folder of a
        project. That folder is only read: the stack gets a copy of its configuration. `config` replaces
        values in the copy, by full keys such as `byollm:bedrock`.

        Raises ConfigError if the folder has no Pulumi.yaml.
        """
        source = program.resolve() if isinstance(program, Path) else None
        if source not in self._projects:
            self._projects[source] = Project(Path(mkdtemp(dir=self._directory)), source)
        project = self._projects[source]
        project.configure(name, config or {})
        workspace = LocalWorkspace(
            str(project.folder),
            program=None if isinstance(program, Path) else program,
            pulumi_command=_command(),
        )
        return Stack.create_or_select(name, workspace)


@cache
def _command() -> PulumiCommand:
    """The first engine on PATH. Cached, because the constructor runs it to get its version."""
    return PulumiCommand()
