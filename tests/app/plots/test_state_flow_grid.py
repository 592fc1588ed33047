from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.state_flow_grid import Grid, Zoom, first_zoom, zooms

grids = st.builds(
    Grid,
    batches=st.integers(1, 100_000),
    rows=st.integers(1, 500),
    zoom=st.sampled_from([Zoom(84), Zoom(46), Zoom(22), Zoom(12), Zoom(1), Zoom(1, 10)]),
    width=st.integers(200, 2000),
    height=st.integers(80, 1200),
    left=st.just(50.0),
    head=st.just(16.0),
)


@given(grids, st.data())
def test_the_place_of_a_cell_leads_back_to_it(grid, data):
    column = data.draw(st.integers(0, grid.columns - 1))
    row = data.draw(st.integers(0, grid.rows - 1))
    x, y = grid.corner(column, row)
    assert grid.at(x + grid.pitch_x / 2, y + grid.pitch_y / 2) == (column, row)
    width, height = grid.content
    assert x + grid.pitch_x <= width
    assert y + grid.pitch_y <= height


@given(grids, st.data())
def test_the_columns_and_rows_within_a_rectangle_are_all_that_it_touches(grid, data):
    column = data.draw(st.integers(0, grid.columns - 1))
    row = data.draw(st.integers(0, grid.rows - 1))
    x, y = (at + 0.5 for at in grid.corner(column, row))
    bands = [band for band in grid.bands_within(y, y) if column in grid.columns_within(band, x, x)]
    assert len(bands) == 1
    assert list(grid.columns_within(bands[0], x, x)) == [column]
    assert list(grid.rows_within(bands[0], y, y)) == [row]


@given(grids)
def test_columns_break_into_bands_only_where_two_bands_fit(grid):
    if grid.wraps:
        assert 2 * grid.band_height <= grid.height
        assert grid.content[0] <= grid.width
    else:
        assert grid.bands == 1


@given(grids)
def test_zooming_out_ends_as_soon_as_all_columns_are_in_one_line(grid):
    levels = zooms(grid)
    assert levels[0] == Zoom(84)
    assert [replace(grid, zoom=zoom).in_one_line for zoom in levels] == [False] * (len(levels) - 1) + [True]


def test_a_run_is_shown_in_one_line_or_whole_or_so_that_its_numbers_can_be_read():
    grid = Grid(12, 2, Zoom(46), 900, 500, 50, 16)
    assert first_zoom(grid, 20) == Zoom(68)
    whole = replace(grid, batches=60, zoom=first_zoom(replace(grid, batches=60), 20))
    assert whole.fits
    assert whole.wraps
    long = replace(grid, batches=100_000)
    assert first_zoom(long, 20) == Zoom(46)
    assert first_zoom(long, 40) == Zoom(68)


@pytest.mark.parametrize("place", [(10, 30), (400, 3), (899, 30), (400, 10_000), (400, -5)])
def test_beside_the_cells_there_is_none(place):
    assert Grid(60, 1, Zoom(46), 900, 500, 50, 16).at(*place) is None
