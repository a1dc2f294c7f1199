"""What the user has already decided: ignore files and fingerprints."""
