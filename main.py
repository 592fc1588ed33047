"""Starts lstm-viz: ``python main.py [MODEL] [--data FILE]``."""

import sys

from app import main

if __name__ == "__main__":  # the engine process imports this file, too, and must not start a window
    sys.exit(main())
