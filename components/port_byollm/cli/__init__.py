"""The command line, `port-byollm`: one file per command, imported when the command is asked for."""
