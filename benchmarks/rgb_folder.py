"""A folder of real colour pictures with classes, where CIFAR-10 cannot be had: emoji by their Unicode group.

python benchmarks/rgb_folder.py --out=emoji [--package=emoji-datasource-google-16.0.0.tgz] [--views=5]

The pictures are Google's Noto emoji (Apache License 2.0) from the npm package emoji-datasource-google, which
`npm pack` fetches (74 MB) unless it is given. Writes OUT/train/GROUP/*.png and OUT/test/GROUP/*.png, 32x32
RGB on white: each emoji without skin tones in several views, which differ in size and place and, where that
makes sense, are mirrored. Every sixth emoji of a group is held out, in all its views. The same files each
time. Then

python train.py --config=configs/cifar10.py --config.data.name=folder --config.data.dir=emoji
"""

import argparse
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

PACKAGE = "emoji-datasource-google@16.0.0"
SIZE, HELD_OUT = 32, 6
UPRIGHT = ("Flags", "Symbols")  # never mirrored
WITHOUT = "Component"  # five pieces of other emoji


def fetched(folder):
    """The package's file."""
    done = subprocess.run(
        ["npm", "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, check=True
    )
    return Path(folder) / done.stdout.split()[-1]


def emoji(path):
    """(group, name of the picture, RGBA picture) of each emoji, in Unicode's order."""
    files = {}
    with tarfile.open(path) as archive:  # once from front to back: going back would unpack it anew
        for member in archive:
            if member.name.endswith("/emoji.json") or "/img/google/64/" in member.name:
                files[Path(member.name).name] = archive.extractfile(member).read()
    for each in sorted(json.loads(files["emoji.json"]), key=lambda each: each["sort_order"]):
        if each["has_img_google"] and each["category"] != WITHOUT:
            picture = Image.open(io.BytesIO(files[each["image"]])).convert("RGBA")
            yield each["category"], each["image"], picture


def view(picture, draw, mirrors):
    """One view, RGB on white."""
    side = int(draw.integers(26, SIZE + 1))
    left, top = (int(draw.integers(0, SIZE - side + 1)) for _ in range(2))
    if mirrors and draw.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    small = picture.resize((side, side), Image.Resampling.LANCZOS)
    whole = Image.new("RGBA", (SIZE, SIZE), "white")
    whole.alpha_composite(small, (left, top))
    return whole.convert("RGB")


def write(path, out, views):
    """Writes all files; how many there are of each split and group."""
    draw, seen, counts = np.random.default_rng(0), {}, {}
    for group, name, picture in emoji(path):
        number = seen[group] = seen.get(group, -1) + 1
        split = "test" if number % HELD_OUT == HELD_OUT - 1 else "train"
        folder = out / split / group.replace(" & ", "-and-")
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(views):
            view(picture, draw, group not in UPRIGHT).save(folder / f"{Path(name).stem}-{i}.png")
        counts[split, group] = counts.get((split, group), 0) + views
    return counts


def main():
    """Reads the arguments and writes the folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--package", type=Path)
    parser.add_argument("--views", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = write(options.package or fetched(folder), options.out, options.views)
    for split in ("train", "test"):
        each = {group: count for (where, group), count in counts.items() if where == split}
        print(f"{split}: {sum(each.values())} pictures; {each}")


if __name__ == "__main__":
    main()
