"""Views of recorded numbers. Setters in, signals out; they know neither the engine nor the model."""
