"""Shared by the tests of pictures with metadata: forty grey pictures and what is said of them."""

import json

import numpy as np
import pytest
from PIL import Image

N = 40
ROWS = [
    {
        "file_name": f"{i:03}.png",
        "label": ["cat", "eel"][i % 2],
        "power": round(0.5 + 0.25 * i, 2),
        "tags": ["a;b", "b", ""][i % 3],
        "caption": f"a {['red', 'blue'][i % 2]} thing, on {['grey', 'white'][i // 2 % 2]}",
        "age": i % 7,
    }
    for i in range(N)
]


def pictures(folder, names):
    """Each of the grey that its number says."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), int(path.stem), np.uint8)).save(path)


def csv(rows, separator=","):
    quoted = [
        [f'"{value}"' if separator in str(value) else str(value) for value in row.values()] for row in rows
    ]
    return "\n".join(separator.join(line) for line in [list(rows[0]), *quoted]) + "\n"


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def flat(tmp_path):
    pictures(tmp_path, [row["file_name"] for row in ROWS])
    (tmp_path / "metadata.csv").write_text(csv(ROWS))
    return tmp_path


def write(folder, text, name="metadata.csv"):
    (folder / "metadata.csv").unlink(missing_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
