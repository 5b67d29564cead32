"""The Pulumi plugin `port-byollm`: one file per resource, a provider that dispatches to them, a schema."""

VERSION = "0.1.0"
"""Version of the plugin and the distribution; a constant, so that the plugin starts without a look-up."""
