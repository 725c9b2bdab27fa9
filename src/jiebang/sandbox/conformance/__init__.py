"""The conformance kit: a hub played against any agent, to find out whether it keeps to the protocol."""
