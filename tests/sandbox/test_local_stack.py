import os
from pathlib import Path

from port_byollm_sandbox import local_stack


def test_nothing_is_left_but_the_plugin_where_the_engine_looks_for_installed_ones(tmp_path: Path) -> None:
    tmp_path.joinpath("mine").touch()
    for _ in range(2):
        local_stack.empty(tmp_path)
        [plugin] = (path for path in tmp_path.joinpath("home").rglob("*") if path.is_file())
        assert plugin.match("home/plugins/resource-aws-v*/pulumi-resource-aws")
        assert os.access(plugin, os.X_OK)
        assert list(tmp_path.joinpath("pulumi").iterdir()) == []
        tmp_path.joinpath("pulumi/state.json").touch()
    local_stack.remove(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine"]
