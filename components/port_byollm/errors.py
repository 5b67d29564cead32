"""Errors of this package.

PortByollmError
└── ConfigError      a value that was given cannot be used
"""


class PortByollmError(Exception):
    """Base of every error that is raised on purpose; its text is a sentence for people."""


class ConfigError(PortByollmError):
    """A configured value cannot be used.

    `field` is the property or configuration key, `problem` says what is wrong with its value (never quoting a
    secret), `way_out` what to do about it.
    """

    def __init__(self, field: str, problem: str, way_out: str = "") -> None:
        self.field = field
        self.problem = problem
        self.way_out = way_out
        super().__init__(field, problem, way_out)  # all of them, so that the error can be pickled and copied

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}" + (f"; {self.way_out}" if self.way_out else "")
