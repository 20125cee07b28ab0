"""The proof: both sides read again and compared."""
