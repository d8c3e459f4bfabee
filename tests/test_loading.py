"""Where what is generated at a call is kept, and that it is what was generated."""

from __future__ import annotations

import inspect
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

import sct
from sct import loading
from sct.loading import CacheError
from tests.modules import load_module

MODEL = "import sct\n\n\n@sct.grad\ndef f(x: float) -> float:\n    return x * x * x\n"


def model(folder: Path) -> ModuleType:
    """A module of the folder, loaded anew."""
    path = folder / "model.py"
    path.write_text(MODEL)
    return load_module(path)


@pytest.mark.parametrize("left", ["", "import ma", "def f_adjoint(x, f_bar=1.0):\n    return 1.0, 7.0\n"])
def test_a_cached_file_that_is_not_what_was_generated_is_made_anew(tmp_path: Path, left: str) -> None:
    first = model(tmp_path)
    assert first.f(2.0) == 12.0
    made = Path(first.f.path)
    text = made.read_text()
    made.write_text(left)
    assert model(tmp_path).f(2.0) == 12.0 and made.read_text() == text


def unwritable(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    write = loading.write_atomically

    def refuse(path: Path, text: str) -> None:
        if any(folder in path.parents for folder in folders):
            raise PermissionError(13, "Permission denied", str(path))
        write(path, text)

    monkeypatch.setattr(loading, "write_atomically", refuse)


def test_what_cannot_be_written_beside_the_source_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").mkdir()
    monkeypatch.setattr(loading, "_users", lambda: tmp_path / "users")
    unwritable(monkeypatch, tmp_path / "source")
    f = model(tmp_path / "source").f
    assert f(2.0) == 12.0 and Path(f.path).is_relative_to(tmp_path / "users")


def test_a_folder_of_the_process_serves_where_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwritable(monkeypatch, tmp_path, loading._users())
    f = model(tmp_path).f
    assert f(2.0) == 12.0 and sct.grad(f)(2.0) == 12.0
    assert Path(f.path).is_relative_to(tempfile.gettempdir()) and "def f_adjoint" in f.source
    assert "reverse" in inspect.getsource(f._last)


def test_without_any_folder_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unwritable(monkeypatch, Path("/"))
    monkeypatch.setattr(loading, "_temporary", lambda: tmp_path / "temporary")
    with pytest.raises(CacheError, match="no folder can be written for what is generated from it") as caught:
        model(tmp_path).f(2.0)
    assert "`sct build model.py`" in str(caught.value)
