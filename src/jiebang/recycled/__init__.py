"""
The published list: for each number the day on which it last became someone else's.

A hub builds it from its tenures and signs it; a platform takes it and screens its own records on its own
machine. Nothing here signs: a list has one digest, and whoever calls has the wire sign or check it.
"""
