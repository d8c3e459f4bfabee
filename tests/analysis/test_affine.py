"""Linear inequalities: what cannot hold is found, what does hold is never denied."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sct.analysis.affine import ONE, Form, can_hold, plus

_FORMS = st.lists(
    st.fixed_dictionaries({"x": st.integers(-3, 3), "y": st.integers(-3, 3), ONE: st.integers(-6, 6)}),
    min_size=1,
    max_size=5,
)


def test_a_sum_that_is_negative_cannot_hold() -> None:
    ahead: Form = {"j": 1, "i": -1, ONE: -1}
    assert not can_hold([ahead, {"i": 1, "j": -1}])
    assert can_hold([ahead, {"i": 1}])


def test_no_integer_lies_between_two_fractions() -> None:
    assert not can_hold([{"x": 2, ONE: -1}, {"x": -2, ONE: 1}])


def test_plus_leaves_out_what_cancels() -> None:
    assert plus({"i": 2, ONE: 1}, {"i": 1}, -2) == {ONE: 1}


@given(_FORMS)
def test_what_some_integers_fulfil_can_hold(forms: list[Form]) -> None:
    points = product(range(-8, 9), repeat=2)
    if any(all(f["x"] * x + f["y"] * y + f[ONE] >= 0 for f in forms) for x, y in points):
        assert can_hold(forms)
