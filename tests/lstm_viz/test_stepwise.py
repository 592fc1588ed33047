import keras
import pytest
from keras import layers

from lstm_viz.stepwise import stepwise, takes_tokens


def sequential(*model_layers, shape=(7, 3)):
    return keras.Sequential([keras.Input(shape), *model_layers])


def each_step():
    return layers.LSTM(3, return_sequences=True)


@pytest.mark.parametrize(
    "alone",
    [
        layers.Dense(2),
        layers.Dropout(0.5),
        layers.LayerNormalization(),
        layers.BatchNormalization(),
        layers.Softmax(),
        layers.Activation("softmax"),
        layers.Masking(),
        layers.TimeDistributed(layers.Dense(2)),
        layers.UnitNormalization(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_that_treat_each_timestep_alone_can_be_fed_stepwise(alone):
    assert stepwise(sequential(alone, each_step()))
    assert stepwise(sequential(each_step(), alone))


@pytest.mark.parametrize(
    "mixing",
    [
        layers.Conv1D(2, 3, padding="same"),
        layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
        layers.LSTM(2, return_sequences=True, go_backwards=True),
        layers.GRU(2, return_sequences=True),
        layers.LayerNormalization(axis=1),
        layers.Softmax(axis=1),
        layers.BatchNormalization(axis=1),
        layers.UnitNormalization(axis=(1, 2)),
        layers.ZeroPadding1D(1),
        layers.Permute((2, 1)),
        layers.GlobalAveragePooling1D(),
        layers.Flatten(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_that_mix_timesteps_cannot_and_the_reason_names_them(mixing):
    answer = stepwise(sequential(each_step(), mixing))
    assert not answer
    assert mixing.name in answer.reason


def test_after_the_last_step_only_anything_may_follow():
    answer = stepwise(sequential(layers.LSTM(4), layers.Reshape((2, 2)), layers.Flatten(), layers.Dense(1)))
    assert answer
    assert answer.outputs == ("vector",)


def test_it_tells_which_inputs_and_outputs_have_a_time_axis():
    x, y, tokens = keras.Input((7, 3)), keras.Input((2,)), keras.Input((7,))
    read = layers.Concatenate()([x, layers.Embedding(9, 2)(tokens)])
    last = layers.Concatenate()([layers.LSTM(2)(read), y])
    answer = stepwise(keras.Model([x, y, tokens], [last, each_step()(read)]))
    assert answer.inputs == ("time", "vector", "time")
    assert answer.outputs == ("vector", "time")


def test_joining_sequences_along_time_needs_the_whole():
    x, y = keras.Input((7, 3)), keras.Input((7, 3))
    assert not stepwise(keras.Model([x, y], each_step()(layers.Concatenate(axis=1)([x, y]))))


def test_a_sequence_joined_with_a_vector_needs_the_whole():
    x, y = keras.Input((7, 3)), keras.Input((3,))
    assert not stepwise(keras.Model([x, y], each_step()(layers.Add()([x, y]))))


def test_a_state_handed_over_by_another_layer_needs_the_whole():
    x, h, c = keras.Input((7, 3)), keras.Input((3,)), keras.Input((3,))
    answer = stepwise(keras.Model([x, h, c], each_step()(x, initial_state=[h, c])))
    assert "handed its state" in answer.reason


def test_a_mask_that_is_an_input_of_its_own_needs_the_whole():
    x, mask = keras.Input((7, 3)), keras.Input((7,), dtype="bool")
    answer = stepwise(keras.Model([x, mask], each_step()(x, mask=mask)))
    assert "mask" in answer.reason


def test_a_decoder_with_a_time_of_its_own_needs_the_whole():
    assert not stepwise(sequential(layers.LSTM(3), layers.RepeatVector(4), each_step()))


def test_a_model_without_a_sequence_cannot_be_fed_stepwise():
    answer = stepwise(sequential(layers.Dense(2), shape=(3,)))
    assert "no input" in answer.reason


def test_nested_models_are_looked_into():
    good = sequential(each_step(), layers.Dense(3))
    bad = sequential(each_step(), layers.Conv1D(3, 2))
    assert stepwise(sequential(good, each_step()))
    assert not stepwise(sequential(bad, each_step()))


def test_tokens_are_what_an_embedding_reads():
    model = sequential(layers.Embedding(9, 2, mask_zero=True), each_step(), shape=(7,))
    assert takes_tokens(model, model.inputs[0])
    outer = sequential(model, shape=(7,))
    assert takes_tokens(outer, outer.inputs[0])


def test_numbers_that_something_else_reads_as_well_are_no_tokens():
    x = keras.Input((7,))
    model = keras.Model(x, [layers.Embedding(9, 2)(x), layers.Dense(2)(x)])
    assert not takes_tokens(model, model.inputs[0])
