"""State dicts imported beside data that they are, or are not, for."""

import pytest
from cli_helpers import call, refused
from interchange_helpers import DIGITS, TORCH, arrays, loaded, write
from PIL import Image


def pictures(root, *classes, mode="L"):
    for name in classes:
        (root / name).mkdir(parents=True)
        for i in range(3):
            Image.new(mode, (16, 16)).save(root / name / f"{i}.png")
    return "--config.data.name=folder", f"--config.data.dir={root}"


def test_data_that_the_generator_is_not_for(tmp_path):
    """Told by the import, which would otherwise make a run that cannot be trained."""
    flags, workdir = write(tmp_path, {"generator": arrays()["generator"]}), tmp_path / "run"
    two, ten = (
        pictures(tmp_path / "two", "cats", "dogs"),
        pictures(tmp_path / "ten", *"abcdefghij", mode="RGB"),
    )
    said = refused(TORCH, *DIGITS, *flags, *two, f"--workdir={workdir}")
    assert f"the generator has 10 classes, the data {tmp_path / 'two'} 2; " in said
    said = refused(TORCH, *DIGITS, *flags, *ten, f"--workdir={workdir}")
    assert f"draws images of 1 channels, the data {tmp_path / 'ten'} have 3; set --config.data.chan" in said
    assert not workdir.exists()


@pytest.mark.parametrize(("data", "names"), [("ten", "abcdefghij"), ("none", "0123456789")])
def test_classes_have_the_names_of_the_data_where_these_are_at_hand(tmp_path, data, names):
    pictures(tmp_path / "ten", *"abcdefghij")
    given = "--config.data.name=folder", f"--config.data.dir={tmp_path / data}"
    flags = write(tmp_path, {"generator": arrays()["generator"]})
    assert call(TORCH, *DIGITS, *flags, *given, f"--workdir={tmp_path / 'run'}")[0] == 0
    assert loaded(tmp_path / "run").class_names == tuple(names)


def test_other_data_than_the_weights_are_for(tmp_path):
    workdir = tmp_path / "run"
    nothing = "--config.data.name=folder", f"--config.data.dir={tmp_path / 'none'}"
    flags = write(tmp_path, arrays(classes=4))
    assert call(TORCH, *DIGITS, *nothing, *flags, f"--workdir={workdir}")[0] == 0
    ten = pictures(tmp_path / "ten", *"abcdefghij")
    status, _, err = call("train", *DIGITS, *ten, f"--workdir={workdir}")
    assert status == 2
    assert any("the imported weights are for 4 classes, the data have 10" in line for line in err)
