"""Figures for slides and handouts."""
