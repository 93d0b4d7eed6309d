"""Caption, timeline bar, step table."""
