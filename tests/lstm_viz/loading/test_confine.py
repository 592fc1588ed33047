"""What the child that reads a file can do, and for how long."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_viz.loading
from lstm_viz.errors import LoadError


def test_only_what_is_read_of_a_folder_counts_for_its_size(tmp_path: Path) -> None:
    """The size bounds memory and time; whoever drops a whole home folder must not wait for its walk."""
    from lstm_viz.loading import confine

    (tmp_path / "variables/deeper").mkdir(parents=True)
    for name in ("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"):
        (tmp_path / name).write_bytes(bytes(100))
    for name in ("holiday.mp4", "variables/other", "variables/deeper/variables.index"):
        (tmp_path / name).write_bytes(bytes(10_000))
    assert confine._size(str(tmp_path), "m") == 300


def test_a_reader_that_never_ends_is_ended(tmp_path: Path) -> None:
    from lstm_viz.loading import confine

    path = tmp_path / "loop.h5"
    path.write_bytes(b"")
    loop = confine._BOOTSTRAP.replace("c.main(", "c.confine(").replace(
        "a['cpu'])", "a['cpu'])\nwhile True: pass"
    )
    child = confine._Child(str(path), loop)
    with pytest.raises(LoadError, match="given up"):
        child.header("loop.h5")
    child.close()


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_the_child_can_open_nothing_but_the_file_and_write_nothing(tmp_path: Path) -> None:
    allowed, other = tmp_path / "allowed.h5", tmp_path / "other.txt"
    allowed.write_bytes(b"yes")
    other.write_bytes(b"no")
    script = f"""
import sys; sys.path.insert(0, {str(Path(lstm_viz.loading.__file__).parent)!r})
from reading.limits import confine
held = confine({str(allowed)!r}, 1 << 30, 5)
print(open({str(allowed)!r}).read(), "files" in held)
for path, mode in (({str(other)!r}, "r"), ({str(allowed)!r}, "a"), ({str(tmp_path / "new")!r}, "w")):
    try:
        with open(path, mode) as stream: stream.write("x") if mode != "r" else stream.read()
        print("opened")
    except OSError:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    lines = done.stdout.split()
    assert lines[0] == "yes", done.stderr
    if lines[1] != "True":
        pytest.skip("this kernel has no Landlock")
    assert lines[2:] == ["refused", "refused", "refused"]
    assert not (tmp_path / "new").exists()


def test_no_loader_that_can_run_code_is_named_anywhere() -> None:
    """Keras's and TensorFlow's own loaders, pickles and eval appear nowhere in the code that opens files."""
    forbidden = {
        "deserialize_keras_object",
        "pickle",
        "marshal",
        "eval",
        "exec",
        "saved_model",
        "model_from_json",
    }
    package = Path(lstm_viz.loading.__file__).parent
    sources = sorted(package.rglob("*.py"))
    assert len(sources) > 10
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in forbidden | {"load_model", "load"}, f"{source.name}: {node.attr}"
            elif isinstance(node, ast.Name):
                assert node.id not in forbidden - {"saved_model"}, f"{source.name}: {node.id}"
            elif isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & forbidden, source.name
