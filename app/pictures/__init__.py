"""Pictures without a window: a module for each view that the window has."""
