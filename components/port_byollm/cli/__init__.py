"""The command line, `port-byollm`: one module or package per command."""
