"""What is true and what is allowed: pure, shared by the hub and the agent, and told the time as `now`."""
