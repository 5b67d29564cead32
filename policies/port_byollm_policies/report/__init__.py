"""What the pack found in a preview, as files for code review: SARIF and JUnit."""
