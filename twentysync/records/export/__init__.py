"""Records as CSV files, as the product imports them."""
