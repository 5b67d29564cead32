"""Port's endpoints, one noun per file."""
