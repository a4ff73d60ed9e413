"""What leadership asks of all features together. Sums are read, never entries, except for single days."""
