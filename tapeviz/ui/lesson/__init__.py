"""The lesson pane: quick form, variables table, script editor."""
