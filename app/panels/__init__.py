"""Panels of controls. Setters in, signals out; they know neither the engine nor the model."""
