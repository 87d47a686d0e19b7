"""Labels to component numbers and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.labels import encode_labels, is_labelled

labels = st.one_of(
    st.lists(st.integers(-1, 5), min_size=1),
    st.lists(st.sampled_from(["a", "b", "ant", -1]), min_size=1),
    st.lists(st.booleans(), min_size=1),
)


@given(labels, st.one_of(st.none(), st.integers(1, 9)))
def test_codes_lead_back_to_the_labels(given_labels, n_components):
    dtype = object if any(isinstance(label, str) for label in given_labels) else None
    y = np.array(given_labels, dtype=dtype)
    codes, classes = encode_labels(y, len(y), n_components)
    labelled = is_labelled(y)
    np.testing.assert_array_equal(codes >= 0, labelled)
    assert classes[codes[labelled]].tolist() == y[labelled].tolist()
    n_classes = len(set(y[labelled].tolist()))
    assert len(classes) == len(set(classes.tolist())) == max(n_classes, n_components or 1)
    assert -1 not in classes.tolist()


def test_new_groups_never_take_the_name_of_a_class():
    y = np.array(["component_1", "component_2"])
    _, classes = encode_labels(y, 2, 4)
    assert classes.tolist() == ["component_1", "component_2", "component_3", "component_4"]


def test_new_groups_take_the_next_integers():
    _, classes = encode_labels(np.array([7, 3, -1]), 3, 4)
    assert classes.tolist() == [3, 7, 8, 9]
