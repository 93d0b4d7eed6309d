"""Lesson files and recording files: read with suspicion, written whole or not at all."""
