"""The record API, with files, pictures and mailboxes."""
