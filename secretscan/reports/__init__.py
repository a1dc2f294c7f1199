"""One module a format, found by its name: write(). Each owns its schema and never dumps a Finding."""
