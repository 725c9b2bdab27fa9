"""Honest pretenders on loopback that speak the real protocol, and the world they make up together."""
