"""How the agent reaches a platform's own account store: one connector for each kind of store."""
