"""Builds the documentation site: python docs/site.py (with `pip install -e '.[docs]'`); see site/index.html.

A plain tree of Markdown is made in build/site: the pages of docs/, README and its neighbours, the files
that pages link to, and a page for each public package, which gets the API reference. mkdocs makes the site
of it; any warning, such as a broken link, is an error.

With `.[docs,onnx]` the models that come with the package are on the site too, to play with.
"""

import ast
import importlib.util
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TREE = ROOT / "build/site"
# Pages that do not lie in docs/: path in the repository -> page of the site.
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
PUBLIC = (
    *("api", "algorithms", "objectives", "networks", "data", "kinds", "config", "training", "parallel"),
    *("checkpoint", "sampling", "metrics", "evaluation", "interop", "play", "random"),
)
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]+)(#[^)\s]*)?(\))")
_CODE = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)


def assemble(tree: Path) -> None:
    """Writes the tree."""
    pages = {ROOT / source: target for source, target in OUTSIDE.items()}
    pages |= {path: path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").glob("*.md")}
    shutil.rmtree(tree, ignore_errors=True)
    for source, target in pages.items():
        _write(tree / target, _linked(source, target, pages, tree))
    for target, text in reference():
        _write(tree / target, text)
    _write(tree / "play.md", play(tree))


def play(tree: Path) -> str:
    """The text of the page with the models to play with; writes them beside it."""
    text = "# Play\n\nThe models that come with the package draw here, in your browser.\n\n"
    if importlib.util.find_spec("jax2onnx") is None:
        return (
            text + "This site was built without them: `pip install -e '.[docs,onnx]'`, and build it again.\n"
        )
    for path in sorted((ROOT / "cwgan_jax/pretrained").glob("*.safetensors")):
        out = tree / "play" / path.stem
        command = [sys.executable, "-m", "cwgan_jax", "play", f"--pretrained={path.stem}", f"--out={out}"]
        subprocess.run(command, cwd=ROOT, check=True)
        title = path.with_suffix(".md").read_text(encoding="utf-8").splitlines()[2].rstrip(".")
        text += f"- [{path.stem}](play/{path.stem}/index.html): {title}\n"
    return text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _linked(source: Path, target: str, pages: dict[Path, str], tree: Path) -> str:
    """The text of a page with the links of the site; files that it links to are copied into the tree."""

    def link(found: re.Match[str]) -> str:
        before, path, anchor, after = found.groups()
        there = (source.parent / path).resolve()
        if re.match(r"[a-z]+:", path) or not there.exists():
            return found[0]  # on the web, or broken, which mkdocs says
        place = pages.get(there)
        if place is None:
            place = there.relative_to(
                ROOT / "docs" if there.is_relative_to(ROOT / "docs") else ROOT
            ).as_posix()
            if there.is_dir():
                return found[0][: found[0].index("](")].lstrip("![")  # a folder has no page: its name alone
            place = f"{place}.txt" if there.suffix in (".md", ".py", ".sh", ".yaml") else place
            (tree / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(there, tree / place)
        return f"{before}{posixpath.relpath(place, posixpath.dirname(target) or '.')}{anchor or ''}{after}"

    parts = _CODE.split(source.read_text(encoding="utf-8"))
    return "".join(part if part.startswith("```") else _LINK.sub(link, part) for part in parts)


def reference() -> Iterator[tuple[str, str]]:
    """(page, text) of the API reference: an overview, and a page for each public package."""
    rows = []
    for name in PUBLIC:
        package = ROOT / "cwgan_jax" / name
        paths = sorted(package.rglob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
        modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
        text = ast.get_docstring(ast.parse(paths[0].read_text(encoding="utf-8"))) or ""
        summary = " ".join(text.partition("\n\n")[0].split())
        rows.append(f"| [`{name}`]({name}.md) | {summary} |")
        parts = [f"::: {module.removesuffix('.__init__')}\n" for module in modules]
        yield f"api/{name}.md", "\n".join([f"# cwgan_jax.{name}\n", *parts])
    start = "# API reference\n\nFrom the docstrings. To begin with: [From Python](../python.md).\n"
    yield "api/index.md", "\n".join([start, "| | |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    assemble(TREE)
    sys.exit(
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict"], cwd=ROOT, check=False
        ).returncode
    )
