"""`python -m asyncwatch`."""

from asyncwatch.cli.main import main

if __name__ == "__main__":
    main()
