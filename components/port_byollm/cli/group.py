"""A command with subcommands."""

import click


class Group(click.Group):
    """A group whose help shows the whole first sentence of each subcommand; click truncates it."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            commands = sorted(self.commands.items())
            formatter.write_dl([(name, command.get_short_help_str(1_000)) for name, command in commands])
