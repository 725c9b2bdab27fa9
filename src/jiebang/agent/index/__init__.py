"""The platform-side index: for stores that cannot search by number, keyed hashes that never leave."""
