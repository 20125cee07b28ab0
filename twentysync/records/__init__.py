"""The mover of records: read, order, translate, push, verify."""
