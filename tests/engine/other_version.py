"""Build the engine in another version than the one that is pinned, to run the tests with it.

    python -m tests.engine.other_version 3.251.0 FOLDER
    PATH=FOLDER/bin:$PATH pytest tests/engine tests/stacks

Go chooses the modules anew, as no go.sum pins them: for tests only.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from port_byollm_engine import build


def main(version: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        module = Path(shutil.copytree(build.MODULE, Path(scratch, "module")))
        for command in (["get", f"github.com/pulumi/pulumi/pkg/v3@v{version}"], ["mod", "tidy"]):
            subprocess.run(["go", *command], cwd=module, env=os.environ | {"GOWORK": "off"}, check=True)
        build.build(folder.absolute(), version, Path(scratch), print, module)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
