"""How a graph looks: one hand that draws it for the window and for figures alike."""
