"""One contender of bench_transformers.py in a process of its own, which answers as contenders.py does.

python transformer_contenders.py NAME MODEL THREADS
"""

from __future__ import annotations

import logging
import pathlib
import sys
from typing import Any

import torch
from contenders import ERROR_LIMITS, Contender, checked_error, serve

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests" / "python"))
from models import build, tensors_of  # noqa: E402


class Model(Contender):
    environment = "transformers"
    backend: str | None = None

    def __init__(self, name: str, threads: int) -> None:
        self.name, self.threads = name, threads

    def open(self) -> None:
        """The model is not called yet: eager's first call is to be a first one."""
        if self.backend == "torch_tensorrt":
            import torch_tensorrt  # noqa: F401
        torch.set_num_threads(self.threads)
        torch.set_grad_enabled(False)
        self.model, self.inputs = build(self.name, full=True)
        self.call = self.model

    def build(self) -> None:
        if self.backend:
            self.call = torch.compile(self.model, backend=self.backend, dynamic=False)
        self.run()

    def run(self) -> Any:
        return self.call(**self.inputs)

    def error(self) -> float:
        """The largest of all results."""
        got, wanted = list(tensors_of(self.run())), list(tensors_of(self.model(**self.inputs)))
        if [t.dtype for t in got] != [t.dtype for t in wanted]:
            raise ValueError(f"{len(got)} results of other types than eager's {len(wanted)}")
        whole = [(x, y) for x, y in zip(got, wanted, strict=True) if not y.is_floating_point()]
        if not all(torch.equal(x, y) for x, y in whole):
            raise ValueError("a result of whole numbers differs from eager's")
        floats = [(x, y) for x, y in zip(got, wanted, strict=True) if y.is_floating_point()]
        if any(x.any() for x, y in floats if not y.any()):
            raise ValueError("a result that is zero in eager is not")
        errors = [checked_error(x.numpy(), y.numpy(), ERROR_LIMITS["fp32"]) for x, y in floats if y.any()]
        return max(errors, default=0.0)


class Eager(Model):
    pass


class Inductor(Model):
    backend = "inductor"


class Ours(Model):
    backend = "torch_tensorrt"

    def open(self) -> None:
        super().open()
        self.log = _Log()
        logger = logging.getLogger("torch_tensorrt")
        logger.setLevel(logging.INFO)
        logger.addHandler(self.log)
        logger.propagate = False

    def coverage(self) -> dict[str, Any]:
        """TorchDynamo's graphs, and what of their operators is in engines. To be asked for last: it starts anew."""
        import transformers

        torch._dynamo.reset()
        explanation = torch._dynamo.explain(self.model)(**self.inputs)
        return {
            "graphs": explanation.graph_count,
            "breaks": [reason.reason.splitlines()[0] for reason in explanation.break_reasons],
            "engines": self.log.engines,
            "refused": self.log.refused,
            "transformers": transformers.__version__,
            "torch": torch.__version__,
        }


class _Log(logging.Handler):
    """What the backend tells of each graph: operators in engines, operators, engines; and each operator that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.engines: list[tuple[int, int, int]] = []
        self.refused: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "%d of %d operators in %d engines":
            self.engines.append(record.args)
        elif record.msg.startswith("left to PyTorch"):
            self.refused.append("{operator}: {reason}".format_map(record.args))
        elif record.levelno >= logging.WARNING:
            self.refused.append(record.getMessage())


CONTENDERS: dict[str, type[Model]] = {"eager": Eager, "inductor": Inductor, "ours": Ours}


def main() -> None:
    contender, name, threads = sys.argv[1:]
    serve(lambda: CONTENDERS[contender](name, int(threads)))


if __name__ == "__main__":
    main()
