"""Command lines: shared arguments, those of a benchmark, and what is refused."""

import re
import shlex
from pathlib import Path

import pytest

from benchmarks import (
    anomalies,
    answers,
    arguments,
    clustering,
    cytometry,
    few_rows,
    new_classes,
    one_or_many,
    origin,
    run_all,
    schedule,
    tuning,
    unseen,
)
from benchmarks.arguments import SHARED, Command
from benchmarks.choosing import __main__ as choosing
from benchmarks.data_sets import DATA, MissingDataError
from benchmarks.density import __main__ as density
from benchmarks.few_labels import __main__ as few_labels
from benchmarks.missing import __main__ as missing
from benchmarks.mixed import __main__ as mixed
from benchmarks.papers import __main__ as papers
from benchmarks.pooling import __main__ as pooling
from benchmarks.published import __main__ as published
from benchmarks.published.pages import pages
from benchmarks.scale import __main__ as scale
from benchmarks.site import __main__ as site
from benchmarks.speed import __main__ as speed

PAGES = "\n".join(path.read_text() for path in pages())
COMMANDS = {
    "anomalies": anomalies,
    "answers": answers,
    "choosing": choosing,
    "clustering": clustering,
    "cytometry": cytometry,
    "density": density,
    "few_labels": few_labels,
    "few_rows": few_rows,
    "missing": missing,
    "mixed": mixed,
    "new_classes": new_classes,
    "one_or_many": one_or_many,
    "papers": papers,
    "pooling": pooling,
    "site": site,
    "published": published,
    "run_all": run_all,
    "scale": scale,
    "schedule": schedule,
    "speed": speed,
    "tuning": tuning,
    "unseen": unseen,
}
PRINTED = sorted(set(re.findall(r"``python\s+-m\s+benchmarks\.([^`]+)``", PAGES)))


class AskedError(Exception):
    """Nothing is to be measured: this is what was asked."""


def test_a_command_has_the_shared_arguments_that_it_names_and_its_own():
    command = Command("toy", "about", ("data", "seeds"), seeds=7)
    command.add_number("rows", None, "at most")
    command.add_names("sets", ("a", "b"))
    asked = command.asked([])
    assert vars(asked) == {"data": DATA, "seeds": 7, "rows": None, "sets": ["a", "b"]}
    asked = command.asked(["--data", "x", "--seeds", "2", "--rows", "9", "--sets", "b"])
    assert vars(asked) == {"data": Path("x"), "seeds": 2, "rows": 9, "sets": ["b"]}
    assert "python -m benchmarks.toy" in command.format_help()


@pytest.mark.parametrize("name", SHARED)
def test_every_shared_argument_has_a_default_and_a_help(name):
    command = Command("toy", "about", [name])
    assert getattr(command.asked([]), name) is not None
    assert SHARED[name]["help"] in command.format_help()


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (["--seeds", "0"], "--seeds: must be 1 or more"),
        (["--seeds", "two"], "invalid integer value: 'two'"),
        (["--rows", "9"], "--rows: must be 10 or more"),
        (["--sets", "c"], "invalid choice: 'c'"),
        (["--jobs", "2"], "unrecognized arguments"),
    ],
)
def test_what_cannot_be_is_refused_and_said(wrong, complaint, capsys):
    command = Command("toy", "about", ["seeds"])
    command.add_number("rows", 10, "at most", least=10)
    command.add_names("sets", ("a", "b"))
    with pytest.raises(SystemExit):
        command.asked(wrong)
    assert complaint in capsys.readouterr().err


def test_names_may_be_none_or_several_and_must_be_known(capsys):
    command = Command("toy", "about", [])
    command.add_argument("parts", nargs="*", type=arguments.one_of(("a", "b")))
    assert command.asked([]).parts == []
    assert command.asked(["b", "a"]).parts == ["b", "a"]
    with pytest.raises(SystemExit):
        command.asked(["a", "c"])
    assert "'c' is none of a, b" in capsys.readouterr().err


def test_missing_data_ends_a_command_with_its_message(capsys):
    with pytest.raises(SystemExit) as caught, Command("toy", "about", []).needing_data():
        raise MissingDataError("get it at the harbour")
    assert caught.value.code == 2
    assert capsys.readouterr().err == "get it at the harbour\n"


def test_the_commit_is_looked_up_before_anything_is_measured(monkeypatch):
    looked = []
    monkeypatch.setattr(origin, "commit", lambda: looked.append(1))
    Command("toy", "about", []).asked([])
    assert looked


def test_pages_print_a_command_of_every_benchmark():
    assert {line.split()[0] for line in PRINTED} == set(COMMANDS)


@pytest.mark.parametrize("line", PRINTED)
def test_commands_are_understood_as_pages_print_them(line, monkeypatch):
    parse = Command.parse_args

    def only_parse(command, argv):
        raise AskedError(parse(command, argv))

    monkeypatch.setattr(Command, "parse_args", only_parse)
    name, *argv = shlex.split(line)
    with pytest.raises(AskedError):
        COMMANDS[name].main(argv)
