"""Pages of the counter, a module for each noun."""
