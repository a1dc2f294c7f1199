"""The command line: parsing, wiring, exit codes. Nothing else prints, reads the environment or exits."""
