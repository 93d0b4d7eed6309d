"""Where nodes stand and how edges run: a pure function of a graph and the sizes of its nodes."""
