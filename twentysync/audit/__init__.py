"""The audit log: who changed which workspace, when, from which commit, with what result."""
