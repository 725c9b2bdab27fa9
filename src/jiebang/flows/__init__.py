"""What the hub does: one verb, one file, one transaction, read top to bottom."""
