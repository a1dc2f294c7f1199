"""`python -m secretscan`."""

from secretscan.cli.entry import main

main()
