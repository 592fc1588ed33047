import numpy as np
import pytest

from app.plots.state_flow_layout import Flow
from app.plots.state_flow_words import advice, cell_words, hover_words, run_words
from lstm_viz.dataset import Dataset
from lstm_viz.dataset.shaping import Shaping
from lstm_viz.plan import Plan, ResetPoint, Resets


def windows(samples, look_back, stride=1, past_as="timesteps"):
    rows = (samples - 1) * stride + look_back + 1
    return Dataset.from_series(np.arange(float(rows)), Shaping(look_back, stride, past_as))


def words_of(plan, dataset, column, row=0):
    flow = Flow(plan, dataset)
    return cell_words(flow, flow.cell(column, row))


def summary_of(plan, dataset):
    flow = Flow(plan, dataset)
    flow.scan(10)
    return run_words(flow)


def parts(ids):
    """Samples that are parts of sequences."""
    return Dataset.from_arrays(np.zeros((12, 3, 1)), sequences=ids)


def test_an_earlier_part_of_a_sequence_is_named_so():
    plan = Plan(12, 3, 1, True, order=tuple(reversed(range(12))))
    assert "sample 10 is an earlier part of the same sequence" in words_of(plan, parts([0] * 12), 1)


@pytest.mark.parametrize(
    ("dataset", "batch_size", "words"),
    [
        (windows(12, 3, 3), 1, "sample 1 begins right after sample 0 ends"),
        (windows(12, 3, 1), 1, "the two share 2 timesteps, which the state has seen already"),
        (windows(12, 3, 2), 1, "the two share 1 timestep, which the state has seen already"),
        (windows(12, 3, 1), 4, "1 timestep between the two is left out"),
        (windows(12, 3, 3), 3, "6 timesteps between the two are left out"),
        (windows(12, 4, 1, "features"), 1, "sample 1 is the timestep after sample 0"),
        (Dataset.from_arrays(np.zeros((12, 3, 1))), 1, "samples 0 and 1 are separate sequences"),
        (parts([0, 1] * 6), 1, "samples 0 and 1 are of separate sequences"),
        (parts([0, 1] * 6), 2, "sample 2 is the next part of the same sequence"),
        (parts([0, 1] * 6), 4, "1 part of the sequence between the two is left out"),
        (parts([0] * 12), 3, "2 parts of the sequence between the two are left out"),
    ],
)
def test_it_is_said_how_a_sample_lies_to_the_one_whose_state_it_gets(dataset, batch_size, words):
    plan = Plan(12, 3 if dataset.timesteps == 3 else dataset.timesteps, batch_size, True)
    after = batch_size
    words = words.replace("samples 0 and 1", f"samples 0 and {after}")
    assert words_of(plan, dataset, 1) == (
        f"Row 0 starts batch 1 (sample {after}) from sample 0's last state; {words}."
    )


def test_it_is_said_that_data_go_back():
    plan = Plan(4, 2, 1, True, Resets(each_epoch=False), epochs=2)
    assert words_of(plan, windows(4, 2, 2), 4) == (
        "Row 0 starts batch 0 of epoch 1 (sample 0) from sample 3's last state; "
        "sample 0 goes back: it begins 6 timesteps before sample 3 begins."
    )
    assert "sample 0 begins where sample 0 begins" in words_of(
        Plan(1, 2, 1, True, Resets(each_epoch=False), epochs=2), windows(1, 2), 1
    )


def test_without_data_nothing_is_said_about_them():
    assert words_of(Plan(4, 2, 1, True), None, 1) == (
        "Row 0 starts batch 1 (sample 1) from sample 0's last state."
    )


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(4, 2), "not stateful: every batch starts from zeros"),
        (Plan(4, 2, 1, True, Resets(each_batch=True)), "reset before each batch"),
        (Plan(4, 2, 1, True, Resets(every=2)), "reset every 2 timesteps"),
        (Plan(4, 2, 1, True, Resets(at=(ResetPoint(1, 0),))), "reset point put by hand"),
    ],
)
def test_it_is_said_why_a_sample_starts_from_zeros(plan, words):
    assert words_of(plan, None, 1) == f"Row 0 starts batch 1 (sample 1) from zeros: {words}."


@pytest.mark.parametrize(
    ("resets", "words"),
    [
        (Resets(at=(ResetPoint(1, 3),)), "before timestep 3 (reset by hand)"),
        (Resets(at=(ResetPoint(1, 3), ResetPoint(1, 1))), "before timesteps 1, 3 (reset by hand)"),
        (
            Resets(at=tuple(ResetPoint(1, t) for t in (1, 2, 3, 4, 5))),
            "before timesteps 1, 2, 3, … (reset by hand)",
        ),
        (Resets(every=4), "every 4 timesteps"),
        (Resets(every=4, at=(ResetPoint(1, 3),)), "before timestep 3 (reset by hand) and every 4 timesteps"),
    ],
)
def test_resets_inside_a_sample_are_said(resets, words):
    said = words_of(Plan(3, 10, 1, True, resets), None, 1)
    assert said.endswith(f"Inside it, h and c become zero {words}.")


def test_the_hover_says_when_it_is_and_which_part_of_the_series():
    flow = Flow(Plan(12, 3, 3, True), windows(12, 3, 3))
    assert hover_words(flow, flow.cell(2, 1)) == (
        "t = 6 · Row 1 starts batch 2 (sample 7) from sample 4's last state; 6 timesteps between the two are "
        "left out. · Sample 7 is timesteps 21 to 23 of the series"
    )


def test_the_worst_of_a_run_is_said_with_how_much_there_is_of_it():
    breaks = summary_of(Plan(12, 3, 3, True), windows(12, 3, 3))
    assert breaks == (
        "All 9 arrows hand state to data that do not continue. The first: row 0 starts batch 1 (sample 3) "
        "from sample 0's last state; 6 timesteps between the two are left out."
    )
    overlaps = summary_of(Plan(12, 3, 1, True), windows(12, 3))
    assert overlaps.startswith("All 11 arrows hand state to windows that overlap. The first: row 0 starts")
    one = summary_of(Plan(4, 2, 1, True, order=(0, 1, 3, 2)), windows(4, 2, 2))
    assert one.startswith("2 of 3 arrows hand state to data that do not continue. The first: row 0")
    single = summary_of(Plan(4, 2, 1, True, order=(2, 3, 0, 1)), windows(4, 2, 2))
    assert single.startswith("1 of 3 arrows hands state to data that do not continue. Row 0 starts batch 2")


@pytest.mark.parametrize(
    ("plan", "dataset", "words"),
    [
        (Plan(12, 3), windows(12, 3), "Not stateful"),
        (Plan(12, 3, 12, True), windows(12, 3), "There is one batch"),
        (
            Plan(12, 3, 1, True, Resets(each_batch=True)),
            windows(12, 3),
            "No sample is handed",
        ),
        (Plan(12, 3, 1, True), windows(12, 3, 3), "begins right after the one that it comes from ends"),
        (Plan(12, 3, 1, True), None, "without data it is unknown whether they continue"),
    ],
)
def test_a_run_without_anything_wrong_says_so(plan, dataset, words):
    assert words in summary_of(plan, dataset)


def test_there_is_advice_only_where_data_do_not_continue():
    separate = Flow(Plan(4, 3, 1, True), Dataset.from_arrays(np.zeros((4, 3, 1))))
    assert "independent" in advice(separate.cell(1, 0), separate.dataset)
    assert advice(separate.cell(0, 0), separate.dataset) == ""
    named = Flow(Plan(12, 3, 1, True), parts([0, 1] * 6))
    assert "each sequence" in advice(named.cell(1, 0), named.dataset)
    skips = Flow(Plan(12, 3, 3, True), windows(12, 3, 3))
    assert "reset point" in advice(skips.cell(1, 0), skips.dataset)
    goes_on = Flow(Plan(12, 3, 1, True), windows(12, 3))
    assert advice(goes_on.cell(1, 0), goes_on.dataset) == ""


def test_of_a_run_too_long_to_look_through_it_is_said_how_much_was():
    said = summary_of(Plan(2000, 1, 2000, True, Resets(each_epoch=False), epochs=2500), None)
    assert said.endswith("Only the first 2000 of 2500 batches were looked through.")


def test_how_long_a_sample_is_is_said_where_they_differ():
    plan = Plan(3, 4, 1, lengths=(4, 1, 2))
    assert words_of(plan, None, 1).startswith("Row 0 starts batch 1 (sample 1, 1 timestep) from zeros")
    assert words_of(plan, None, 2).startswith("Row 0 starts batch 2 (sample 2, 2 timesteps)")
    assert summary_of(plan, None).endswith("the bar below each is as long as it is.")
    assert "bar" not in summary_of(Plan(3, 4, 1), None)
