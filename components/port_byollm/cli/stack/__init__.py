"""The stack that a command is about: its configuration, its state, and the target that it is bound to."""
