"""Account stores in SQL databases, reached by named statements."""
