"""TensorFlow multiplies by the conjugate of a complex local derivative, and the caption says so where it did."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.explain.conftest import Tell


def test_the_conjugate_is_named_with_the_number_that_tensorflow_sent(tell: Tell) -> None:
    told = tell(
        "z = tf.Variable(tf.complex(1.0, 2.0))\n"
        "with tf.GradientTape() as tape:\n"
        "    loss = tf.math.real(tf.exp(z))\n"
        "g = tape.gradient(loss, z)\n"
    )
    z = tf.Variable(tf.complex(1.0, 2.0))
    with tf.GradientTape() as tape:
        loss = tf.math.real(tf.exp(z))
    g = tape.gradient(loss, z).numpy()
    np.testing.assert_allclose(g, np.conj(np.exp(1 + 2j)), rtol=1e-6)
    sentence = told.backward("exp")
    assert "the conjugate of" in sentence
    assert "−1.131−2.472i back to z" in sentence
    assert "TensorFlow's convention" in sentence


def test_a_real_factor_needs_no_conjugate(tell: Tell) -> None:
    told = tell(
        "z = tf.Variable(tf.complex(1.0, 2.0))\n"
        "with tf.GradientTape() as tape:\n"
        "    loss = tf.math.real(z * tf.constant(2.0 + 0j, tf.complex64))\n"
        "g = tape.gradient(loss, z)\n"
    )
    assert not [text for text in told.texts if "conjugate" in text]
