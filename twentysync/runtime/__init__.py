"""What any run needs: signals, the lock, journals of JSON lines, words."""
