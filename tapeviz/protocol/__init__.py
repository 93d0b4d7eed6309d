"""Every message between the window and the worker, and how they are put into bytes."""
