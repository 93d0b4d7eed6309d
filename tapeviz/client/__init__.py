"""The window's end of the worker: start, standby, stop, kill, restart. No widgets."""
