"""The SQL connector, on each of its databases."""
