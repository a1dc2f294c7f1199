"""What a token says about itself offline. One module a scheme, found by the name a rule gives."""
