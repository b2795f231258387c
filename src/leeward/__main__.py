"""`python -m leeward` is the `leeward` command."""

from leeward.site.cli import main

main()
