"""Requests: transport, rate limit, answers, OAuth."""
