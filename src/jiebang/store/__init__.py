"""What the hub remembers: facts appended, states compared and set, letters in the same transaction."""
