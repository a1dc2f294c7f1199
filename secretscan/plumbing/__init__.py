"""Git read through its plumbing, from repositories that may be hostile: nothing of theirs is run, nothing written, nothing fetched."""
