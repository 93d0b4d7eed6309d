"""tapeviz from Python."""
