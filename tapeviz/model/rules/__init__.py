"""Local derivatives per op type, as data."""
