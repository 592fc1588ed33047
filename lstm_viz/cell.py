"""ProbeCell: an LSTM cell whose output is all six signals.

It wraps an ``LSTMCell`` and not an ``LSTM`` layer, because a layer may take a fused path that never
calls its cell. On the TensorFlow backend a Python hook inside a cell runs while a graph is traced and
not while it computes, so the signals leave the cell in the only way that always works: as its output.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from lstm_viz.signals import SIGNALS


@keras.saving.register_keras_serializable("lstm_viz")
class ProbeCell(keras.layers.Layer):  # type: ignore[misc]  # keras publishes no types
    """An LSTM cell that outputs ``i f g o c h``, sharing the weights of the cell that it wraps.

    An ordinary ``keras.layers.RNN(ProbeCell(lstm.cell), return_sequences=True)`` gives the signals of
    every timestep, shape ``(samples, timesteps, 6 · units)``, from the very variables of ``lstm``.

    Parameters
    ----------
    cell : keras.layers.LSTMCell
        Its activations, bias, dtype policy and weights are used as they are. Dropout is for training and
        is not applied. ``implementation`` chooses between ways to compute the same products.
    """

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        super().__init__(dtype=kwargs.pop("dtype", cell.dtype_policy), **kwargs)
        self.cell = cell
        self.units = cell.units
        self.state_size = [cell.units, cell.units]
        self.output_size = len(SIGNALS) * cell.units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the wrapped cell, unless it has its weights already."""
        if not self.cell.built:
            self.cell.build(input_shape)
        self.built = True

    def project(self, inputs: Any) -> Any:
        """Return x·W + b, the part of the gates that needs no state, shape ``(rows, 4 · units)``."""
        projected = ops.matmul(ops.cast(inputs, self.compute_dtype), self.cell.kernel)
        return ops.add(projected, self.cell.bias) if self.cell.use_bias else projected

    def step(self, projected: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
        """Process one timestep.

        Parameters
        ----------
        projected : tensor, shape (rows, 4 · units)
            From :meth:`project`.
        h, c : tensor, shape (rows, units)
            The state before the timestep.

        Returns
        -------
        signals : tensor, shape (rows, 6 · units)
            ``i f g o c h`` one after the other.
        h, c : tensor, shape (rows, units)
            The state after the timestep.
        """
        gate, activation = self.cell.recurrent_activation, self.cell.activation
        z = ops.add(projected, ops.matmul(h, self.cell.recurrent_kernel))
        z_i, z_f, z_g, z_o = ops.split(z, 4, axis=-1)
        i, f, g, o = gate(z_i), gate(z_f), activation(z_g), gate(z_o)
        c = f * c + i * g
        h = o * activation(c)
        return ops.concatenate([i, f, g, o, c, h], axis=-1), h, c

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Return the six signals of one timestep and the new state, as ``keras.layers.RNN`` asks for."""
        signals, h, c = self.step(self.project(inputs), *states)
        return signals, [h, c]

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Return zeros for h and c, each of shape ``(batch_size, units)``."""
        return list(self.cell.get_initial_state(batch_size))

    def get_config(self) -> dict[str, Any]:
        """Return the configuration of this cell with that of the wrapped one inside."""
        return {**super().get_config(), "cell": keras.saving.serialize_keras_object(self.cell)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ProbeCell:
        """Make a cell from :meth:`get_config`'s answer."""
        cell = keras.saving.deserialize_keras_object(config["cell"])
        return cls(cell, **{key: value for key, value in config.items() if key not in ("cell", "dtype")})
