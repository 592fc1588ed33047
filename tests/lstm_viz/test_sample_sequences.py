import pickle

import numpy as np
import pytest

from lstm_viz.sample_sequences import sample_sequences


def test_a_copy_in_another_process_has_the_same_numbers():
    sequences = sample_sequences(np.array([4, 4, 2]), 3)
    again = pickle.loads(pickle.dumps(sequences))
    assert again == sequences == (4, 4, 2)
    assert again.array.tolist() == [4, 4, 2]
    with pytest.raises(ValueError, match="read-only"):
        again.array[0] = 1
