"""Jiebang (解绑): see which platforms have records on a phone number, and have the number let go."""

__version__ = "0.1.0"
