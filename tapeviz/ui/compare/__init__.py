"""Two pictures side by side, and what is put beside the first one."""
