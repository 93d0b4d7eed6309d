"""What each subcommand of ``tapeviz`` does."""
