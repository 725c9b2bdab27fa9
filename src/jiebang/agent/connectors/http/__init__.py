"""Account stores behind an HTTP interface that speaks JSON."""
