"""The stack that a command works on: its configuration, its state, and its target."""
