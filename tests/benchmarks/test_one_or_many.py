"""A mixture and one flow of as many parameters."""

import pytest

from benchmarks import one_or_many, reports


def test_both_have_as_many_parameters_up_to_biases(tmp_path, monkeypatch):
    make = one_or_many.VariationalFlowMixture
    monkeypatch.setattr(one_or_many, "N_TOY", 200)
    monkeypatch.setattr(
        one_or_many, "VariationalFlowMixture", lambda K, **given: make(K, max_iter=1, **given)
    )
    many, one = one_or_many.lines("two bananas", 1, tmp_path)
    assert many[:4] == ("two bananas", 2, 2, one_or_many.WIDTH)
    assert one[:4] == ("two bananas", 2, 1, 2 * one_or_many.WIDTH)
    assert one[4] == pytest.approx(many[4], rel=0.1)
    assert many[6] != one[6]


def test_missing_data_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    with pytest.raises(SystemExit):
        one_or_many.main(["--data", str(tmp_path), "--sets", "wine"])
    assert "there is no" in capsys.readouterr().err
