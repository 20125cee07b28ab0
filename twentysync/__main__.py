"""`python -m twentysync`."""

from twentysync.cli import main

main()
