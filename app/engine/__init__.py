"""The engine: the process that owns TensorFlow, the model and the recording, and the bridge to it."""
