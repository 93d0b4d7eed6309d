"""The window. Views show a state and fire commands; they hold no rules of their own."""
