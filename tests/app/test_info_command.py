import json
import subprocess
import sys

import keras
import pytest

from app import main
from app.session_file import Place, SavedSession, session_text
from lstm_viz.examples import EXAMPLES
from lstm_viz.layers import LSTMLayer
from lstm_viz.plan import Plan
from lstm_viz.trace import Trace

EXAMPLE = str(EXAMPLES[0].model_path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A stacked model with a Lambda at its end, and the two halves of another one."""
    folder = tmp_path_factory.mktemp("models")
    layers = keras.layers
    odd = keras.Sequential(
        [
            keras.Input((7, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.LSTM(5),
            layers.Lambda(lambda x: x + 1, output_shape=(5,)),
        ],
        name="odd",
    )
    odd.save(folder / "odd.keras")
    plain = keras.Sequential([keras.Input((7, 3)), layers.LSTM(4)], name="plain")
    plain.save_weights(folder / "plain.weights.h5")
    (folder / "plain.json").write_text(plain.to_json())
    return folder


def test_it_says_format_layers_lstm_layers_and_notes(capsys):
    assert main(["info", EXAMPLE]) == 0
    said = capsys.readouterr().out
    assert "Keras 3 .keras, saved by Keras" in said
    assert "Saved as stateful with batch size 1." in said
    assert "lstm: 4 units on 1 feature, its last value only, tanh/sigmoid, 96 parameters" in said
    assert "fed one timestep at a time" in said
    assert "Notes" in said


def test_it_says_which_layers_cannot_run_and_why(files, capsys):
    assert main(["info", str(files / "odd.keras")]) == 0
    said = capsys.readouterr().out
    assert "Problems\n  lambda" in said
    assert "reads from the end" in said
    assert "each batch is computed as a whole: Bidirectional" in said
    directions = [line for line in said.splitlines() if line.startswith(("    forward", "    backward"))]
    assert len(directions) == 2
    assert all("[batch, 7, 4]" in line for line in directions)


def test_for_machines_it_is_json_with_the_same_facts(capsys):
    assert main(["info", "--json", EXAMPLE]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lstm_layers"][0]["units"] == 4
    assert found["lstm_layers"][0]["parameter_count"] == 96
    assert found["saved_batch_size"] == 1
    assert found["stepwise"] is True
    assert found["problems"] == []


def test_weights_alone_are_refused_with_a_hint_and_open_with_their_architecture(files, capsys):
    weights = str(files / "plain.weights.h5")
    assert main(["info", weights]) == 1
    assert "Give the architecture too" in capsys.readouterr().err
    assert main(["info", weights, "--architecture", str(files / "plain.json")]) == 0
    assert "4 units on 3 features" in capsys.readouterr().out


def test_a_file_that_is_no_model_gives_exit_code_1_and_json_that_says_so(tmp_path, capsys):
    path = tmp_path / "no.h5"
    path.write_text("no model")
    assert main(["info", "--json", str(path)]) == 1
    assert json.loads(capsys.readouterr().out)["error"]


def test_it_loads_no_qt_and_survives_a_reader_that_has_seen_enough():
    code = (
        "import sys; from app import main; main(['info', sys.argv[1]]); "
        "assert not [m for m in sys.modules if m.startswith('PySide6')]"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, EXAMPLE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_a_session_and_a_recording_are_told_from_a_damaged_model(tmp_path, capsys):
    session = tmp_path / "mine.lstmviz"
    session.write_text(session_text(SavedSession(Place(EXAMPLE)), tmp_path))
    assert main(["info", str(session)]) == 1
    assert "session of lstm-viz" in capsys.readouterr().err

    recording = tmp_path / "run.npz"
    Trace(Plan(1, 2), [LSTMLayer("lstm", 3, 1)], [2], []).save(recording)
    assert main(["info", str(recording)]) == 1
    assert "or a recording, but no model" in capsys.readouterr().err
