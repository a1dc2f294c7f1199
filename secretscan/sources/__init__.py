"""Where bytes come from. One module a source, found by its name: KIND, recognises(), open_source()."""
