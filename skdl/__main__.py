"""``python -m skdl`` is the command ``skdl``."""

from skdl.cli import main

if __name__ == "__main__":
    main()
