"""Every block of the README is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sct.cli import app
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def test_the_first_screen_is_a_sample() -> None:
    written, generated = (text for language, text in BLOCKS[:2] if language == "python")
    assert written in (ROOT / "samples" / "loop_branch.py").read_text(encoding="utf-8")
    assert generated in (ROOT / "samples" / "loop_branch_grad.py").read_text(encoding="utf-8")


def test_the_python_blocks_run(tmp_path: Path) -> None:
    blocks = [text for language, text in BLOCKS[2:] if language == "python"]
    assert len(blocks) >= 2
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    subprocess.run([sys.executable, str(script)], check=True, cwd=tmp_path)


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = [text for language, text in BLOCKS if language == "sh" and "sct build model.py" in text]
    source = (ROOT / "samples" / "seed_notes.py").read_text(encoding="utf-8")
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for line in text.splitlines():
        words = line.split("#")[0].split()[1:]
        if words[:1] == ["verify"]:  # which imports the module
            subprocess.run([sys.executable, "-c", "from sct.cli import main; main()", *words], check=True)
        elif words:
            with pytest.raises(SystemExit) as ended:
                app(words)
            assert not ended.value.code, line


def test_the_refusal_is_what_is_printed() -> None:
    (text,) = [text for language, text in BLOCKS if language == "text"]
    source = "import numpy as np\n\ndef f(x: float):\n    return   np.fft.fft(x)[0]\n"
    with pytest.raises(RefusedError) as caught:
        differentiate(source, "model.py", [Request("f")])
    assert str(caught.value) == text.strip("\n")
