"""The Python environments of the peers, made below build/bench-env with pip.

`peers` holds ONNX Runtime and OpenVINO, `transformers` the models of bench_transformers.py; both see the project's own
environment, with its PyTorch, behind them.
`executorch` holds ExecuTorch with a PyTorch of its own, as it asks for one version.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / "build" / "bench-env"

PACKAGES = {
    "peers": ["onnxruntime==1.32.0", "onnx==1.23.2", "onnxscript==0.7.2", "openvino==2026.4.1"],
    "transformers": ["transformers==5.24.0"],
    "executorch": ["executorch==1.4.0", "torch==2.13.0"],
}

SEE_THE_PROJECT = ("peers", "transformers")


def _make(name: str, folder: pathlib.Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    python = folder / "bin" / "python"
    if name in SEE_THE_PROJECT:
        site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
        pathlib.Path(site, "project.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES[name]], check=True)


def python_of(name: str | None) -> str:
    """The interpreter of an environment, which is made where it is missing. None: the project's own."""
    if name is None:
        return sys.executable
    folder = FOLDER / name
    stamp, wanted = folder / "packages", "\n".join(PACKAGES[name])
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"making the environment {folder.relative_to(ROOT)} ({', '.join(PACKAGES[name])})", flush=True)
        _make(name, folder)
        stamp.write_text(wanted)
    return str(folder / "bin" / "python")
