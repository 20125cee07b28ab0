"""Workflows: triggers, steps and what they refer to."""
