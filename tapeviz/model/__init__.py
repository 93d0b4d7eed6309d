"""What a recording is and everything that follows from one; no TensorFlow, no Qt."""
