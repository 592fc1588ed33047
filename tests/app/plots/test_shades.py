import pytest

from app.plots.shades import Shades
from app.plots.steps import StepScale


def test_a_stretch_covers_its_steps_and_ends_at_the_view() -> None:
    scale = StepScale(-0.5, 9.5, 100)
    assert Shades(((2, 4), (8, 30))).shown(scale) == [(20.0, 40.0), (80.0, 100.0)]
    assert Shades(((20, 30),)).shown(scale) == []


def test_what_touches_on_the_screen_is_one() -> None:
    wide = StepScale(-0.5, 999.5, 100)
    ((left, right),) = Shades(((2, 3), (5, 6), (8, 500))).shown(wide)
    assert (left, right) == pytest.approx((0.2, 50.0))


def test_a_view_shows_and_names_what_it_is_told(gates, units_view) -> None:
    units_view.set_units((0,))
    for view in (gates, units_view):
        before = view.grab().toImage()
        view.set_shades([(20, 60)], "generated")
        assert view.shades == Shades(((20, 60),), "generated")
        assert view.grab().toImage() != before
        view.set_shades([])
        assert view.grab().toImage() == before
