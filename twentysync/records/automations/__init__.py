"""Automations that rest while records arrive."""
