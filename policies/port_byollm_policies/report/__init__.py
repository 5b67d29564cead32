"""Reports of the pack's findings in a preview, for code review: SARIF and JUnit."""
