"""tapeviz makes TensorFlow's ``tf.GradientTape`` visible."""

__version__ = "0.1.0"
