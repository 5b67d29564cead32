"""The Pulumi plugin `port-byollm`: one file per resource, a provider that dispatches to them, a schema."""

VERSION = "0.1.0"
"""The plugin's version, the distribution's; here so that a plugin process need not look it up at start."""
