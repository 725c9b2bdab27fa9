"""The machines' door: OAuth, streams (SSF), answers and outcomes, in the words of the standards."""
