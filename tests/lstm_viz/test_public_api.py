import inspect

import pytest

import lstm_viz
from lstm_viz.errors import DataError, LoadError, ModelError, PlanError, TraceError

DOCUMENTED = {
    "Dataset": None,
    "Generation": "seed steps length plan places spans",
    "LSTMLayer": "path units input_dim go_backwards return_sequences activation recurrent_activation parent",
    "LayerTrace": "i f g o c h mask initial_h initial_c window",
    "LoadedModel": None,
    "LstmVizError": None,
    "Plan": "position step sample place state_source reset_mask first_difference",
    "ProbeCell": "from_config get_config",
    "ResetPoint": "batch timestep rows",
    "Resets": "each_batch each_epoch every at",
    "Seed": "from_dataset",
    "Stepper": "step run reset position trace",
    "Trace": "outputs endings layers save export to_xarray",
    "generate": None,
    "load_model": None,
    "open_trace": None,
    "plot_gates": None,
    "record": None,
}


def test_all_documented_names_are_there_and_no_others():
    assert set(lstm_viz.__all__) == set(DOCUMENTED)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_what_is_public_says_what_it_is(name):
    thing = getattr(lstm_viz, name)
    assert inspect.getdoc(thing)
    assert not inspect.getdoc(thing).startswith(f"{name}(")  # what dataclass writes by itself


@pytest.mark.parametrize(
    ("name", "member"),
    [(name, member) for name, members in DOCUMENTED.items() for member in (members or "").split()],
)
def test_what_is_public_has_its_documented_members(name, member):
    thing = getattr(lstm_viz, name)
    known = {*dir(thing), *getattr(thing, "__dataclass_fields__", ()), *inspect.signature(thing).parameters}
    if name in ("Trace", "LayerTrace", "Stepper"):
        known |= {"layers", "trace"}  # set by their constructors
    assert member in known


def test_record_and_stepper_take_what_is_documented():
    assert set(inspect.signature(lstm_viz.record).parameters) >= set(
        "model inputs batch_size stateful resets progress".split()
    )
    assert set(inspect.signature(lstm_viz.Stepper).parameters) >= set(
        "model inputs batch_size stateful resets".split()
    )


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = lstm_viz.nonsense


def test_everything_public_can_be_imported_at_once():
    found = {}
    exec("from lstm_viz import *", found)
    assert set(found) >= set(DOCUMENTED)


@pytest.mark.parametrize("error", [DataError, LoadError, ModelError, PlanError, TraceError])
def test_every_error_is_an_lstm_viz_error_with_a_hint(error):
    raised = error("What is wrong.", "What to do.", "where")
    assert isinstance(raised, lstm_viz.LstmVizError)
    assert str(raised) == "What is wrong. What to do."
    assert (raised.message, raised.hint, raised.details) == ("What is wrong.", "What to do.", "where")
