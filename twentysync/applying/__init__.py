"""Carrying a plan out: writer, journal, lock, read-back."""
