"""Pages of figures and of bar games."""
