import csv
import functools
import importlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lstm_viz import Resets, Stepper, examples, generate, load_model
from lstm_viz.dataset import Dataset, Shaping
from lstm_viz.errors import DataError, LstmVizError
from lstm_viz.examples import EXAMPLES, NAMES, _making, _readme, example, read_example
from lstm_viz.examples import _folder as folder_module
from lstm_viz.generation.seed import Seed
from lstm_viz.interleave import order_for

# Keras asks its own variables for an array in a way that numpy 2 deprecates.
savings = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
every_example = pytest.mark.parametrize("shown", EXAMPLES, ids=NAMES)
FAMILY = [each for shown in EXAMPLES for each in (shown, *shown.alternatives)]
every_alternative_too = pytest.mark.parametrize("shown", FAMILY, ids=[each.name for each in FAMILY])


def script_of(shown):
    """The module that makes an example."""
    return importlib.import_module(f"lstm_viz.examples.{shown.name.partition('/')[0]}")


@functools.cache
def model_of(path):
    return load_model(path)


def data_of(shown):
    return Dataset.from_file(shown.data_path, Shaping(**shown.shaping))


@functools.cache
def run_of(name):
    """The data of an example, and the trace of a run over them with its settings."""
    shown = example(name)
    data = data_of(shown)
    stepper = Stepper(
        model_of(shown.model_path),
        data,
        batch_size=shown.batch_size,
        stateful=shown.stateful,
        resets=Resets(**shown.resets),
        order=order_for(data, shown.batch_size) if shown.interleaved else None,
        padded=shown.padded,
    )
    stepper.run()
    return data, stepper.trace


def test_the_first_example_is_the_next_value_of_a_series():
    assert EXAMPLES[0].name == "next_value"
    assert tuple(each.name for each in EXAMPLES) == NAMES


@every_alternative_too
def test_an_example_is_found_by_its_name(shown):
    assert example(shown.name) == shown


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(LstmVizError, match="'chess'") as caught:
        example("chess")
    assert all(name in caught.value.hint for name in NAMES)


def test_a_name_never_leads_out_of_the_folder_of_examples():
    with pytest.raises(DataError):
        example("../examples/next_value")


def test_an_unknown_attribute_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = examples.no_such_thing


@every_alternative_too
def test_model_and_data_are_there_and_the_model_is_small(shown):
    assert shown.data_path.stat().st_size > 0
    assert 0 < shown.model_path.stat().st_size < 100_000


def test_all_examples_together_are_small():
    files = [path for path in folder_module.examples_folder().rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {"examples", *NAMES}
    assert sum(path.stat().st_size for path in files) < 5_000_000


def test_every_script_is_that_of_an_example():
    scripts = {path.stem for path in Path(examples.__file__).parent.glob("[a-z]*.py")}
    assert scripts == set(NAMES)


@every_alternative_too
def test_a_model_is_saved_without_an_optimizer_or_a_date(shown):
    with zipfile.ZipFile(shown.model_path) as archive:
        config = json.loads(archive.read("config.json"))
        metadata = json.loads(archive.read("metadata.json"))
    assert not config["compile_config"]
    assert "date_saved" not in metadata


@every_alternative_too
def test_the_description_is_two_sentences(shown):
    assert shown.description.count(". ") == 1
    assert shown.description.endswith(".")


@every_alternative_too
def test_what_goes_in_and_comes_out_is_named_as_people_name_it(shown):
    assert shown.kind in {"many-to-one", "many-to-many", "one-to-many"}
    assert shown.shows.endswith(".")


@every_example
def test_the_metadata_are_those_of_the_script(shown):
    about = script_of(shown).ABOUT
    written = json.loads((shown.folder / "example.json").read_text(encoding="utf-8"))
    assert set(written) == {*about, "scores", "parameters"}
    for fields, stated in (
        (written, about),
        *(
            (written["alternatives"][name], changed)
            for name, changed in about.get("alternatives", {}).items()
        ),
    ):
        plain = json.loads(json.dumps(stated))
        for name in plain.keys() - {"score", "alternatives"}:
            assert fields[name] == plain[name]
        assert fields["score"] == stated.get("score", about["score"]).format(**fields["scores"])


@every_alternative_too
def test_the_stated_score_is_reached_when_the_saved_model_is_recorded_over_its_data(shown):
    data, trace = run_of(shown.name)
    reached = script_of(shown).score(trace.outputs[0], data)
    assert reached
    assert reached == pytest.approx({name: shown.scores[name] for name in reached}, rel=0.01, abs=0.002)


@every_alternative_too
def test_the_model_has_as_many_parameters_as_its_metadata_says(shown):
    assert model_of(shown.model_path).keras_model.count_params() == shown.parameters


@every_alternative_too
def test_the_model_names_each_of_its_outputs(shown):
    assert model_of(shown.model_path).keras_model.output_shape[-1] == len(shown.output_names)


def test_a_model_goes_on_by_itself_where_its_example_says_so():
    going_on = [shown for shown in FAMILY if shown.generate]
    assert {"wave", "text", "next_value"} <= {shown.name for shown in going_on}
    for shown in going_on:
        begin = shown.generate
        before = range(begin["sample"]) if shown.stateful else ()
        seed = Seed.from_dataset(data_of(shown), begin["sample"], begin["timesteps"], before)
        trace = generate(
            model_of(shown.model_path), seed, 5, temperature=begin["temperature"], stateful=shown.stateful
        )
        assert trace.generation.steps == 5
        assert trace.sequence.shape[1] == trace.generation.seed + 5
        assert begin["steps"] >= 5


def test_the_page_of_the_examples_is_written_from_their_metadata():
    assert (folder_module.examples_folder() / "README.md").read_text(encoding="utf-8") == _readme.readme()
    assert all(each.score in _readme.readme() for each in FAMILY)


def test_the_documents_say_what_each_example_is_for():
    table = (Path(__file__).parents[3] / "docs" / "examples.md").read_text(encoding="utf-8")
    assert [shown.name for shown in EXAMPLES if f" {shown.title} |" not in table] == []


def test_the_next_value_beats_the_month_before():
    scores = example("next_value").scores
    assert scores["rmse"] < 0.5 * scores["baseline_rmse"]


def test_the_next_value_needs_the_state_that_it_carries():
    shown = example("next_value")
    assert shown.stateful
    assert shown.scores["rmse"] < 0.5 * shown.scores["stateless_rmse"]


def test_the_next_value_series_starts_in_january_and_has_no_month_missing():
    with example("next_value").data_path.open(encoding="utf-8", newline="") as file:
        months = [row["month"] for row in csv.DictReader(file)]
    years = range(2012, 2024)
    assert months == [f"{year}-{month:02d}" for year in years for month in range(1, 13)]


def test_the_tagger_beats_one_timestep_at_a_time():
    scores = example("tagger").scores
    assert scores["accuracy"] > scores["baseline_accuracy"] + 0.2


def test_the_classifier_recognises_nearly_all():
    assert example("classifier").scores["accuracy"] > 0.9


@pytest.mark.parametrize("name", ["tagger", "classifier"])
def test_arrays_are_plain_and_agree_with_their_names(name):
    shown = example(name)
    with np.load(shown.data_path, allow_pickle=False) as data:
        assert sorted(data) == ["class_names", "feature_names", "x", "y"]
        x, y = data["x"], data["y"]
        assert tuple(data["class_names"]) == shown.output_names
        assert x.shape[2] == len(data["feature_names"])
    assert x.dtype == np.float32
    assert len(x) == len(y)
    assert len(x) % shown.batch_size == 0
    assert set(np.unique(y)) == set(range(len(shown.output_names)))


@every_alternative_too
def test_the_data_shaped_as_stated_fit_the_model_and_fill_its_batches(shown):
    dataset = data_of(shown)
    dataset.check(
        (model_of(shown.model_path).keras_model.input_shape,), integer_inputs={0} & _tokens(dataset)
    )
    assert dataset.samples % shown.batch_size == 0


def _tokens(dataset):
    return {k for k, values in enumerate(dataset.inputs) if values.dtype.kind in "iu"}


def test_the_next_value_is_stepped_over_the_very_windows_it_was_trained_on():
    from lstm_viz.examples import next_value

    shown = example("next_value")
    dataset = data_of(shown)
    inputs, targets = next_value.windows(next_value.scale(next_value.generate_series())[0])
    np.testing.assert_allclose(dataset.inputs[0], inputs, atol=1e-3)
    np.testing.assert_allclose(dataset.targets[0], targets, atol=1e-3)


def test_a_gesture_is_masked_only_after_its_end_and_has_20_to_60_timesteps():
    with np.load(example("classifier").data_path, allow_pickle=False) as data:
        kept = (data["x"] != 0.0).any(axis=2)
    lengths = kept.sum(axis=1)
    assert (kept == (np.arange(60) < lengths[:, np.newaxis])).all()
    assert lengths.min() >= 20
    assert len(set(lengths)) > 10


@pytest.mark.parametrize("name", ["tagger", "classifier"])
def test_the_shipped_sequences_are_the_held_out_ones_of_the_script(name):
    script = importlib.import_module(f"lstm_viz.examples.{name}")
    x, y = script.generate_data()
    with np.load(example(name).data_path, allow_pickle=False) as data:
        np.testing.assert_allclose(data["x"], x[script.TRAINED :], atol=1e-6)
        np.testing.assert_array_equal(data["y"], y[script.TRAINED :])


def test_the_shipped_series_is_the_one_of_the_script():
    from lstm_viz.examples import next_value

    shipped = np.loadtxt(example("next_value").data_path, delimiter=",", skiprows=1, usecols=1)
    np.testing.assert_allclose(shipped, next_value.generate_series(), atol=1)


@pytest.mark.parametrize("name", ["tagger", "classifier"])
def test_no_shipped_sequence_was_trained_on(name):
    script = importlib.import_module(f"lstm_viz.examples.{name}")
    x, _ = script.generate_data()
    trained = {each.tobytes() for each in x[: script.TRAINED]}
    with np.load(example(name).data_path, allow_pickle=False) as data:
        assert not any(each.tobytes() in trained for each in data["x"])


@savings
def test_models_with_the_same_weights_are_saved_as_the_same_bytes(tmp_path):
    from lstm_viz.examples import next_value

    model, other = next_value.build_model(), next_value.build_model()
    other.set_weights(model.get_weights())
    _making.save_model(model, tmp_path / "a.keras")
    _making.save_model(other, tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


@savings
def test_a_saved_model_keeps_its_weights(tmp_path):
    from lstm_viz.examples import next_value

    model, other = next_value.build_model(), next_value.build_model()
    _making.save_model(model, tmp_path / "a.keras")
    other.load_weights(tmp_path / "a.keras")
    for mine, its in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"model": "m", "surprise": 1}'])
def test_metadata_that_cannot_be_read_say_how_to_mend_them(tmp_path, text):
    if text is not None:
        (tmp_path / "example.json").write_text(text)
    with pytest.raises(DataError, match=r"example\.json") as caught:
        read_example(tmp_path)
    assert "make the example again" in caught.value.hint


def test_an_installed_package_uses_its_own_folder_and_a_checkout_the_one_at_its_root(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "_PACKAGE", tmp_path / "lstm_viz")
    assert folder_module.examples_folder() == tmp_path / "resources" / "examples"
    inside = tmp_path / "lstm_viz" / "resources" / "examples"
    inside.mkdir(parents=True)
    assert folder_module.examples_folder() == inside


def test_listing_the_examples_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys; from lstm_viz.examples import EXAMPLES; "
        "print(len(EXAMPLES), 'keras' in sys.modules, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(NAMES)), "False", "False"]
