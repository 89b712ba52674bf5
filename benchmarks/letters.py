"""A folder of colour pictures whose labels anyone can read: A to Z in many typefaces and colours.

python benchmarks/letters.py --out=letters [--size=32] [--views=6] [--fonts=fonts]

The typefaces come from the npm packages @fontsource/NAME (under the SIL Open Font License, the Apache
License 2.0 or the Ubuntu Font Licence), which `npm pack` fetches into --fonts (150 MB in all, once). Writes
OUT/train/A/*.png to OUT/test/Z/*.png, RGB, and OUT/typefaces.json (names, versions, licences). Every eighth
typeface is held out in all its weights. A view of a letter has a size, a place and two colours of its own: a
pale one and a strong, dark one of which either may be the background. The same files from the same versions.

python train.py --config=configs/folder.py --config.data.dir=letters --config.data.size=32
"""

import argparse
import colorsys
import concurrent.futures
import io
import json
import string
import subprocess
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

HELD_OUT = 8
FINER = 4  # letters are drawn so many times larger, then made smaller
WEIGHTS = (400, 700)
FAMILIES = """
abel abril-fatface acme actor alata alegreya alegreya-sans aleo alfa-slab-one alice amiri anonymous-pro
anton archivo archivo-narrow arimo arvo asap assistant b612 baloo-2 bangers barlow barlow-condensed
bebas-neue bitter black-ops-one boogaloo bree-serif bungee cabin cairo cantarell cardo carter-one chewy
chivo cinzel comfortaa comic-neue commissioner concert-one cormorant-garamond courier-prime cousine
crete-round crimson-pro crimson-text cuprum cutive-mono didact-gothic dm-sans dm-serif-display domine dosis
eb-garamond encode-sans exo-2 figtree fira-mono fira-sans fjalla-one francois-one fredoka gelasio gochi-hand
hammersmith-one heebo hind ibm-plex-mono ibm-plex-sans ibm-plex-serif inconsolata inter jetbrains-mono
josefin-sans josefin-slab jost kalam kanit karla lato lexend libre-baskerville libre-caslon-text lilita-one
literata lora luckiest-guy lusitana manrope maven-pro merriweather merriweather-sans montserrat mukta mulish
neuton noto-serif nunito old-standard-tt open-sans oswald outfit overpass overpass-mono oxygen passion-one
patrick-hand patua-one paytone-one permanent-marker philosopher play playfair-display plus-jakarta-sans
poppins prata press-start-2p prompt proza-libre pt-mono pt-sans pt-serif public-sans quattrocento
quattrocento-sans questrial quicksand rajdhani raleway red-hat-display righteous roboto roboto-condensed
roboto-mono roboto-serif roboto-slab rokkitt ropa-sans rubik ruda rufina russo-one saira sanchez secular-one
share-tech-mono signika slabo-27px sniglet sora source-code-pro source-sans-3 source-serif-4 space-grotesk
space-mono special-elite spectral squada-one teko tinos titan-one titillium-web ultra urbanist varela-round
viga vollkorn vt323 work-sans yantramanav yeseva-one zilla-slab
"""


def fetched(family, folder):
    """The file of a family's npm package."""
    found = sorted(folder.glob(f"fontsource-{family}-[0-9]*.tgz"))
    if not found:
        words = ["npm", "pack", f"@fontsource/{family}@5", "--silent"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
        found = [folder / done.stdout.split()[-1]]
    return found[-1]


def opened(path):
    """What a package says about itself, and its Latin fonts by weight as bytes."""
    about, fonts = {}, {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = Path(member.name).name
            for weight in WEIGHTS:
                if name.endswith(f"-latin-{weight}-normal.woff"):
                    fonts[weight] = archive.extractfile(member).read()
            if name in ("metadata.json", "package.json"):
                about[name] = json.load(archive.extractfile(member))
    package, metadata = about["package.json"], about["metadata.json"]
    told = {"name": package["name"], "version": package["version"], "licence": metadata["license"]["type"]}
    return told | {"attribution": metadata["license"]["attribution"]}, fonts


def mask(font, letter, side):
    """The letter in white on black, cut out, as high as `side` or as wide, drawn finer than the picture."""
    face = ImageFont.truetype(io.BytesIO(font), side)
    for _ in range(2):  # letters of one size differ in height from typeface to typeface
        left, top, right, bottom = face.getbbox(letter)
        face = face.font_variant(size=max(1, round(face.size * side / max(right - left, bottom - top, 1))))
    left, top, right, bottom = face.getbbox(letter)
    image = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), letter, fill=255, font=face)
    return image


def colours(draw):
    """Background and letter: one pale, one dark, of any two hues."""
    pale = colorsys.hls_to_rgb(draw.random(), draw.uniform(0.82, 0.95), draw.uniform(0.4, 1))
    dark = colorsys.hls_to_rgb(draw.random(), draw.uniform(0.22, 0.42), draw.uniform(0.5, 1))
    pair = [tuple(round(255 * part) for part in colour) for colour in (pale, dark)]
    return pair if draw.random() < 0.5 else pair[::-1]


def view(font, letter, draw, size):
    """One picture of a letter."""
    side = draw.uniform(0.62, 0.8) * size
    shape = mask(font, letter, round(FINER * side))
    room = [FINER * size - length for length in shape.size]
    place = [round(draw.uniform(0.4, 0.6) * space) for space in room]
    background, letter_colour = colours(draw)
    image = Image.new("RGB", (FINER * size, FINER * size), background)
    image.paste(letter_colour, tuple(place), shape)
    return image.resize((size, size), Image.Resampling.BOX)


def write(options):
    """Writes all pictures; how many there are in each split."""
    options.fonts.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        packages = list(pool.map(lambda family: fetched(family, options.fonts), FAMILIES.split()))
    draw, counts, about = np.random.default_rng(0), {"train": 0, "test": 0}, []
    for number, path in enumerate(packages):
        told, fonts = opened(path)
        split = "test" if number % HELD_OUT == HELD_OUT - 1 else "train"
        about.append({**told, "split": split})
        for letter in string.ascii_uppercase:
            folder = options.out / split / letter
            folder.mkdir(parents=True, exist_ok=True)
            for weight, font in fonts.items():
                for i in range(options.views):
                    name = f"{told['name'].split('/')[1]}-{weight}-{i}.png"
                    view(font, letter, draw, options.size).save(folder / name)
                    counts[split] += 1
    (options.out / "typefaces.json").write_text(json.dumps(about, indent=1))
    return counts


def main():
    """Reads the arguments and writes the folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--views", type=int, default=6)
    parser.add_argument("--fonts", type=Path, default=Path("fonts"))
    print(write(parser.parse_args()))


if __name__ == "__main__":
    main()
