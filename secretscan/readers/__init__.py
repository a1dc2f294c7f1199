"""Things inside bytes. A module is found by its name: viewers offer MARKERS and views(), archives offer members()."""
