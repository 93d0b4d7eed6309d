"""How a descent looks: landscape, trajectories and curves, for the window and for figures alike."""
