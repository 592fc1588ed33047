import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lstm_viz.timetable import Timetable

lengths = st.lists(st.integers(1, 6), min_size=1, max_size=6)


@given(lengths, st.integers(1, 3))
def test_places_first_steps_and_lengths_are_those_of_a_count_through_the_run(of_batches, epochs):
    table = Timetable(len(of_batches), of_batches)
    wanted = [
        (number, timestep) for number, length in enumerate(of_batches * epochs) for timestep in range(length)
    ]
    assert [table.place(step) for step in range(len(wanted))] == wanted
    numbers, timesteps = table.place(np.arange(len(wanted)))
    assert list(zip(numbers.tolist(), timesteps.tolist(), strict=True)) == wanted
    batches = np.arange(len(of_batches) * epochs)
    assert table.length(batches).tolist() == of_batches * epochs
    assert [table.length(number) for number in batches.tolist()] == of_batches * epochs
    assert table.first(batches).tolist() == [wanted.index((number, 0)) for number in batches]
    assert [table.first(number) for number in batches.tolist()] == table.first(batches).tolist()
    assert table.per_epoch == sum(of_batches)
    assert table.longest == max(of_batches)
    assert table.uniform == (len(set(of_batches)) == 1)


@given(lengths)
def test_the_step_after_the_last_is_the_first_of_the_next_epoch(of_batches):
    table = Timetable(len(of_batches), of_batches)
    assert table.place(table.per_epoch) == (len(of_batches), 0)
    assert table.first(len(of_batches)) == table.per_epoch


def test_one_number_of_timesteps_for_all_is_the_same_as_that_number_for_each():
    assert Timetable(3, 4) == Timetable(3, [4, 4, 4])
    assert Timetable(3, 4) != Timetable(3, [4, 4, 5])
    assert Timetable(3, [4, 5, 4]) != Timetable(3, [5, 4, 4])


def test_a_layer_of_half_the_timesteps_is_half_as_far():
    run, layer = Timetable(3, [4, 2, 6]), Timetable(3, [2, 1, 3])
    assert [run.same_time(step, layer) for step in range(13)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    assert run.same_time(np.arange(13), layer).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
