"""Generated tables about pictures, whole and spoilt: each is read, or refused in one line.

Forty by default; with CWGAN_FULL=1 there are 1,000.
"""

import json

import numpy as np
import pytest
from conftest import FULL
from metadata_helpers import ROWS, csv, flat, write

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data

__all__ = ["flat"]  # a fixture

COUNT = 1000 if FULL else 40
ODD = ["", " ", "nan", "-inf", "1e999", "0x10", "007", "None", "a;b", ";", "|", "a,b", '"', "💥", "\u0661"]
ODD += ["-0", "1_0", "1e5", "true", "\u2028", "cafe\u0301", "=1+1", "9" * 30, "3.0", "\r", "\\", "../a"]
ODD += ["\x00", "x" * 999]
OBJECTS = [None, True, 1, 10**30, 0.5, float("nan"), [], ["a"], [1, "a", None], {}, {"a": 1}, [[1]], "", "💥"]


def mutated(draw):
    """A table with odd values in some cells, in one of both formats; spoilt now and then."""
    rows = [dict(row) for row in ROWS]
    names = list(ROWS[0])
    as_json, wholly = draw.random() < 0.5, draw.random() < 0.3
    for name in draw.permutation(names)[: int(draw.integers(3))].tolist():
        values = [*ODD, *(OBJECTS if as_json else [])]
        for row in rows if wholly and name != "file_name" else draw.choice(rows, 2).tolist():
            row[name] = values[int(draw.integers(len(values)))]
    text = (
        "".join(json.dumps(row) + "\n" for row in rows)
        if as_json
        else csv(rows, ",;\t"[int(draw.integers(3))])
    )
    content = bytearray(text.encode())
    if draw.random() < 0.3:
        for i in draw.integers(0, len(content), 3):
            content[i] ^= 1 << int(draw.integers(8))
    if draw.random() < 0.1:
        content = content[: int(draw.integers(len(content)))]
    return "metadata.jsonl" if as_json else "metadata.csv", bytes(content)


def in_one_line(text):
    assert "\n" not in text
    assert len(text) < 1500
    text.encode()


@pytest.mark.parametrize("start", range(0, COUNT, 20))
def test_a_generated_table_is_read_or_refused_in_one_line(flat, start):
    for number in range(start, start + 20):
        draw = np.random.default_rng([11, number])
        (flat / "metadata.jsonl").unlink(missing_ok=True)
        name, content = mutated(draw)
        write(flat, content, name)
        columns = draw.permutation(["label", "power", "tags", "caption", "age"])[: int(draw.integers(4))]
        types = ["", "age=number", "power=class", "tags=text", "label=labels", "age=cycle:7"]
        chosen = types[int(draw.integers(len(types)))]
        config = Data(
            name="folder",
            dir=str(flat),
            size=8,
            condition=",".join(columns),
            types=chosen if chosen.partition("=")[0] in columns else "",
        )
        try:
            for split in ("train", "test"):
                dataset = data.load(config, split)
                assert np.isfinite(dataset.condition).all()
                for line in (*dict(dataset.summary).values(), *dataset.warnings):
                    in_one_line(line)
        except DataError as error:
            in_one_line(str(error))
