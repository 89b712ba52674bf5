"""--classes: names, numbers, and what could be either."""

import pytest

from cwgan_jax.cli import classes
from cwgan_jax.common.errors import ConfigError

NAMES = ("cat", "dog, small", "a 1", "30-39", "0-1", "5")
MONTHS = tuple(str(month) for month in range(1, 13))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("3,1,4", [3, 1, 4]),
        ("0-5", [0, 1, 2, 3, 4, 5]),
        ("2-2", [2]),
        (" cat , a 1,3 ", [0, 2, 3]),
        ("1-3,0,2", [1, 2, 3, 0]),
        ("30-39", [3]),  # a name; not a range, there are no such numbers
        ("5", [5]),
        ("#0-1,#5", [0, 1, 5]),
        ('"dog, small",cat', [1, 0]),
    ],
)
def test_names_and_numbers(text, labels):
    assert classes.classes(text, NAMES, pytest.fail) == labels


@pytest.mark.parametrize(
    ("text", "names", "labels", "said"),
    [
        (
            "1,2,3",
            MONTHS,
            [0, 1, 2],
            "1, 2, 3 taken as the name of a class; for the number, from 0 on, write #1,#2,#3",
        ),
        ("0-1", NAMES, [4], "0-1 taken as the name of a class; for the number, from 0 on, write #0-1"),
        ("#1,#2-3", MONTHS, [1, 2, 3], ""),
        ("12", MONTHS, [11], ""),  # nothing else: there is no number 12
        (
            "7,007,0-1",
            tuple(f"{i:03}" for i in range(1000)),
            [7, 0, 1],
            "",
        ),  # all called by their own numbers
        ("caf\u00e9", ("cafe\u0301", "caf\u00e9"), [1], ""),
        ("cafe\u0301", ("x", "caf\u00e9"), [1], ""),  # as some keyboards type it
    ],
)
def test_a_name_wins_and_says_so_where_another_number_could_be_meant(text, names, labels, said):
    lines = []
    assert classes.classes(text, names, lines.append) == labels
    assert lines == ([f"--classes={text}: {said}"] if said else [])


@pytest.mark.parametrize(
    ("text", "part", "meant"), [("1-3", "1-3", "2, 3, 4"), ("0", "0", "1"), ("12,0-1", "0-1", "1, 2")]
)
def test_numbers_are_refused_where_classes_are_called_by_others(text, part, meant):
    with pytest.raises(ConfigError) as caught:
        classes.classes(text, MONTHS)
    assert f"--classes={text}: {part} is not the name of a class" in str(caught.value)
    assert f"write #{part} for {meant} (counted from 0), or names: 1, 2, 3," in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "6",
        "0-6",
        "3-1",
        "Cat",
        "-1",
        "1-",
        "1-2-3",
        "1.0",
        "²",
        "٣",
        "9" * 5000,
        "0,,1",
        "#",
        "#6",
        "dog",
    ],
)
def test_what_is_no_class(text):
    expected = 'is no class; give numbers in 0-5, a range like 0-5, or names: cat, "dog, small", a 1'
    with pytest.raises(ConfigError, match=expected):
        classes.classes(text, NAMES)


def test_what_is_no_text_is_one_line():
    with pytest.raises(ConfigError) as caught:
        classes.classes("cat\ndog", NAMES)
    assert "\n" not in str(caught.value)
