"""The Descent tab: racers and their settings, the plots, and the race's clock."""
