"""What becomes visible only after the scan: pairs across texts. One module a join."""
