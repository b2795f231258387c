"""`python -m leeward` is the `leeward` command."""

from leeward.site.cli import main

if __name__ == "__main__":
    main()
