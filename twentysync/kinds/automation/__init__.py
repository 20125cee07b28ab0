"""Logic functions, agents, skills and webhooks."""
