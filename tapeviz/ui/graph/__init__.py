"""The graph canvas."""
