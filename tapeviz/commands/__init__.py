"""What the program can do: plain functions from a state to an outcome."""
