"""Joining: the first configuration of a platform's agent, asked for and written."""
