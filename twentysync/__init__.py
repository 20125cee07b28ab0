"""twentysync: Terraform for Twenty CRM workspaces, and the mover of their records."""

__version__ = "0.1.0"
