import json

import numpy as np
import pytest
import tensorflow as tf

from lstm_viz.examples import _making, example, memory, padding, parts, read_example

# Keras asks its own variables for an array in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def left_as_it_was(monkeypatch):
    """Determinism cannot be switched off again, and would slow down every test that comes after."""
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)


@pytest.fixture
def hurried(monkeypatch):
    """Scripts that train for a moment only, on little."""
    monkeypatch.setattr(padding, "EPOCHS", 1)
    monkeypatch.setattr(padding, "TRAINED", 32)


def test_training_twice_gives_the_same_weights_and_changes_them():
    x, y = memory.generate_data(10, 4, 16, seed=0)
    options = {"seed": 1, "epochs": 1, "batch_size": 8, "loss": "mse"}
    first, second = (_making.train(memory.build_model, x, y, **options) for _ in range(2))
    _making.seed_training(1)
    untrained = memory.build_model()
    for mine, its, before in zip(*(m.get_weights() for m in (first, second, untrained)), strict=True):
        np.testing.assert_array_equal(mine, its)
        assert not np.array_equal(mine, before)


def test_a_script_makes_a_whole_example_that_can_be_read(hurried, tmp_path):
    folder = tmp_path / "padding"
    folder.mkdir()
    said = padding.make(folder)
    made, shipped = read_example(folder), example("padding")
    assert sorted(path.name for path in folder.iterdir()) == [
        "example.json",
        "model.keras",
        "ovens.npz",
        "without_mask.keras",
    ]
    assert said == made.score != shipped.score
    assert made.parameters == shipped.parameters
    assert made.description == shipped.description
    assert [each.name for each in made.alternatives] == ["padding/without_mask"]
    assert made.alternatives[0].model_path == folder / "without_mask.keras"


def test_a_model_that_was_not_built_stateful_is_not_measured_as_if_it_were():
    data = _making.shaped(example("padding").folder, padding.ABOUT)
    with pytest.raises(ValueError, match="not built stateful"):
        _making.keras_outputs(padding.build_model(), data, {**padding.ABOUT, "stateful": True})


def test_the_state_is_carried_from_batch_to_batch_only_where_the_settings_say_so():
    shown = example("parts")
    data = _making.shaped(shown.folder, parts.ABOUT)
    model = parts.build_model()
    model.load_weights(shown.model_path)
    carried, alone = (
        _making.keras_outputs(model, data, {"batch_size": 1, "stateful": stateful})
        for stateful in (True, False)
    )
    np.testing.assert_array_equal(carried[0], alone[0])
    assert np.abs(carried[1:] - alone[1:]).max() > 1


def test_the_command_line_writes_where_it_is_told_and_leaves_the_page_of_the_examples_alone(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", ["padding", str(tmp_path / "new")])
    page = (example("padding").folder.parent / "README.md").stat().st_mtime_ns

    def make(folder):
        (folder / "example.json").write_text(json.dumps({}))
        return "as good as it gets"

    _making.run_script("padding", make, None)
    assert "as good as it gets" in capsys.readouterr().out
    assert (tmp_path / "new" / "example.json").is_file()
    assert (example("padding").folder.parent / "README.md").stat().st_mtime_ns == page
