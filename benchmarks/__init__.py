"""Side-by-side runs: every benchmark runs both sides in one go and prints a ratio."""
