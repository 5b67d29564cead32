"""One rule per file, each exporting `policy`; a rule's id is the name of its file, with hyphens."""
