"""An engine as a module."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensor

from torch_tensorrt import _lib
from torch_tensorrt.dynamo._settings import CompilationSettings, say_once
from torch_tensorrt.dynamo.runtime._profile import EngineProfile
from torch_tensorrt.dynamo.runtime._signature import parse


class TorchTensorRTModule(torch.nn.Module):
    """Runs an engine. Its bytes are the uint8 buffer `engine`, so they are in the state dict, in copies and in
    exported programs.

    Args:
        serialized_engine: the engine: bytes, or a 1-d uint8 tensor, which is kept and not copied. A plan of TensorRT is
            none: TensorRT's own runtime runs it.
        input_binding_names, output_binding_names: names of inputs and outputs, in order.
        name: how the module is called in messages.
        settings: those it was built with.
        signature: types and shapes of the outputs (include/torchtrt/engine.h); default: read from the engine.
        num_optimization_profiles: of the Inputs it was built for; what set_optimization_profile() takes. Default 1.
        unused: further keywords have no effect, which is logged.
    Shapes and types: inputs as the engine was built for; integers count as 0-d int64 tensors. Any strides. Outputs
    are fresh and
        contiguous: a tensor for one output, a tuple for several, () for none.
    Devices: an engine of TensorRT runs on the GPU of its inputs, on PyTorch's current stream; tensors in host memory
        are moved there, with one warning. Its bytes stay in host memory wherever the module goes.
    Raises:
        AssertionError: another number of inputs. TypeError: an input that is neither a tensor nor an integer.
        RuntimeError: a type or shape that the engine does not take, or no engine.
    """

    def __init__(
        self,
        serialized_engine: bytes | torch.Tensor | None = None,
        input_binding_names: Sequence[str] | None = None,
        output_binding_names: Sequence[str] | None = None,
        *,
        name: str = "",
        settings: CompilationSettings | None = None,
        signature: str | None = None,
        requires_output_allocator: bool = False,
        num_optimization_profiles: int = 1,
        **unused: Any,
    ) -> None:
        super().__init__()
        for option in unused:
            say_once(f"TorchTensorRTModule: {option} has no effect: an engine says all that running it takes")
        self.name = name
        self.settings = settings or CompilationSettings()
        self.requires_output_allocator = requires_output_allocator
        self.num_optimization_profiles = num_optimization_profiles
        self._wants_gpu: list[bool] | None = None  # of each input; read from the engine when it first runs
        self._profile: EngineProfile | None = None
        self._chosen_profile: int | str | None = None
        if isinstance(serialized_engine, (bytes, bytearray, memoryview)):
            serialized_engine = torch.frombuffer(bytearray(serialized_engine), dtype=torch.uint8)
        self.register_buffer("engine", serialized_engine)
        info = (
            None
            if serialized_engine is None
            else self._info_if_needed(signature, input_binding_names, output_binding_names)
        )
        self.signature: str = signature if signature is not None else (info or {}).get("signature", "")
        self.input_binding_names = list(input_binding_names or _names(info, "inputs"))
        self.output_binding_names = list(output_binding_names or _names(info, "outputs"))
        if self.engine is not None:
            parse(self.signature)

    def _info_if_needed(self, *given: Any) -> dict[str, Any] | None:
        return _lib.engine_info(self.engine) if any(g is None for g in given) else None

    def setup_engine(self) -> None:
        """Nothing to do: an engine comes to life at its first call."""
        if self.engine is None:
            raise RuntimeError(f"{self.name or 'TorchTensorRTModule'} has no engine")

    def forward(self, *inputs: Any) -> Any:
        """Runs the engine on the inputs, in its order. See the class."""
        if self.engine is None:
            raise RuntimeError(f"{self.name or 'TorchTensorRTModule'} has no engine")
        assert len(inputs) == len(self.input_binding_names), (
            f"{self.name or 'the engine'} takes {len(self.input_binding_names)} inputs "
            f"({', '.join(self.input_binding_names)}), not {len(inputs)}"
        )
        tensors = list(map(self._tensor, inputs, self.input_binding_names))
        tensors = self._on_their_device(tensors)
        outputs = torch.ops.tensorrt.execute_engine.default(tensors, self.engine, self.signature)
        if self._profile is not None and not torch.compiler.is_compiling():
            self._profile.add(_lib.profile_engine(self.engine, tensors))
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def _tensor(self, value: Any, name: str) -> torch.Tensor:
        if isinstance(value, torch.Tensor):
            return value
        if isinstance(value, (int, torch.SymInt)):
            return torch.scalar_tensor(value, dtype=torch.int64)
        raise TypeError(f"input '{name}' is a {type(value).__name__}; {self.name or 'the engine'} takes a tensor")

    def _on_their_device(self, tensors: list[torch.Tensor]) -> list[torch.Tensor]:
        if torch.compiler.is_compiling() or isinstance(self.engine, FakeTensor):  # there are no bytes to read
            return tensors
        if self._wants_gpu is None:
            info = _lib.engine_info(self.engine)
            self._wants_gpu = [info["device"] == "cuda" and not i.get("number", False) for i in info["inputs"]]
        if not any(wants and not t.is_cuda for wants, t in zip(self._wants_gpu, tensors, strict=True)):
            return tensors
        if not torch.cuda.is_available():
            return tensors  # the engine's error says what is missing
        gpu = next((t.device for t in tensors if t.is_cuda), None) or self._gpu()
        say_once(f"{self.name or 'an engine'} runs on {gpu}: its inputs are moved there from the CPU at every call")
        return [t.to(gpu) if wants else t for wants, t in zip(self._wants_gpu, tensors, strict=True)]

    def _gpu(self) -> torch.device:
        wanted = self.settings.device.to(torch.device)
        return wanted if wanted.type == "cuda" else torch.device("cuda", torch.cuda.current_device())

    def _apply(self, fn: Any, recurse: bool = True) -> TorchTensorRTModule:
        engine, self._buffers["engine"] = self.engine, None
        try:
            super()._apply(fn, recurse)
        finally:
            self._buffers["engine"] = engine
        return self

    def get_extra_state(self) -> dict[str, Any]:
        """For state_dict(): names, signature, the number of profiles. The engine's bytes are a buffer."""
        return {
            "name": self.name,
            "signature": self.signature,
            "inputs": self.input_binding_names,
            "outputs": self.output_binding_names,
            "num_optimization_profiles": self.num_optimization_profiles,
        }

    def set_extra_state(self, state: Any) -> None:
        """From load_state_dict(). RuntimeError where the state is that of another runtime."""
        if not isinstance(state, dict):
            raise RuntimeError("this state was written by another runtime: compile the program again with this package")
        self.name, self.signature = state["name"], state["signature"]
        self.input_binding_names, self.output_binding_names = state["inputs"], state["outputs"]
        self.num_optimization_profiles = state.get("num_optimization_profiles", 1)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any) -> None:
        """Another engine has another size."""
        engine = state_dict.get(prefix + "engine")
        self._wants_gpu = None
        if engine is not None and (self.engine is None or self.engine.shape != engine.shape):
            self.engine = torch.empty_like(engine, device="cpu")
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    # ---- looking inside ----

    def get_layer_info(self) -> str:
        """The engine's facts as JSON text: inputs, outputs, layers. RuntimeError without an engine."""
        self.setup_engine()
        return json.dumps(_lib.engine_info(self.engine))

    def dump_layer_info(self) -> None:
        """Prints them. RuntimeError without an engine."""
        print(self.get_layer_info())

    def enable_profiling(
        self, profiling_results_dir: str | os.PathLike[str] | None = None, profile_format: str = "perfetto"
    ) -> pathlib.Path:
        """From now on each call runs the engine a second time, step by step, and writes the times of all calls to
        `<folder>/<name>_engine_execution_profile.trace`; a process's further profiles of that name in that folder have
        a number at the end of theirs.

        Args:
            profiling_results_dir: the folder; default: a new one among temporary files.
            profile_format: "perfetto" (a trace of events; also read by chrome://tracing) or "trex" (a JSON list of
                steps with their mean and median milliseconds and their share in percent).
        Returns:
            the file.
        Raises:
            RuntimeError: no engine. ValueError: another format.
        """
        self.setup_engine()
        self._profile = EngineProfile(self.name or "tensorrt", profiling_results_dir, profile_format)
        return self._profile.path

    def disable_profiling(self) -> None:
        """Ends what enable_profiling() began; the file stays."""
        self._profile = None

    # ---- what Torch-TensorRT lets one choose, and engines here do by themselves: the log says so once ----

    def set_optimization_profile(self, profile: int | str | None) -> None:
        """An engine takes the profile that fits its inputs; a number is checked and remembered.

        Raises:
            TypeError: neither None, "auto" nor an integer. ValueError: a number that the engine has not.
        """
        if isinstance(profile, bool) or not (profile is None or profile == "auto" or isinstance(profile, int)):
            raise TypeError(f'a profile is None, "auto" or a number, not {profile!r}')
        if isinstance(profile, int) and not 0 <= profile < self.num_optimization_profiles:
            raise ValueError(f"profile {profile}: the engine has {self.num_optimization_profiles}")
        if isinstance(profile, int):
            say_once("set_optimization_profile() has no effect: an engine takes the profile that fits its inputs")
        self._chosen_profile = profile

    def get_optimization_profile_state(self) -> int | str | None:
        """What set_optimization_profile() was told last; None at first."""
        return self._chosen_profile

    def restore_optimization_profile_state(self, state: int | str | None) -> None:
        """What get_optimization_profile_state() gave."""
        self._chosen_profile = state

    @property
    def runtime_settings(self) -> Any:
        """Those of the process: torch_tensorrt.runtime.RuntimeSettings."""
        from torch_tensorrt.runtime import current_settings

        return current_settings()

    def set_pre_allocated_outputs(self, enable: bool) -> None:
        """Changes nothing: outputs are PyTorch's, whose allocator has them ready."""
        if enable:
            say_once("set_pre_allocated_outputs() has no effect: outputs are PyTorch's, whose allocator has them ready")

    def set_use_output_allocator(self, enable: bool) -> None:
        """Changes nothing: outputs of unknown size always work."""
        if enable:
            say_once("set_use_output_allocator() has no effect: outputs of unknown size always work")

    def use_dynamically_allocated_resources(self, dynamically_allocate_resources: bool = False) -> None:
        """Changes nothing: scratch memory belongs to plans and contexts, which are kept for further calls."""
        if dynamically_allocate_resources:
            say_once("use_dynamically_allocated_resources() has no effect: scratch memory is kept for further calls")

    def set_output_tensors_as_unowned(self, enabled: bool) -> None:
        """Changes nothing: outputs are fresh tensors that nobody else writes to."""
        if enabled:
            say_once("set_output_tensors_as_unowned() has no effect: outputs are fresh tensors in any case")

    def get_device_memory_budget(self) -> int:
        """0 bytes: no engine streams weights."""
        return 0

    get_streamable_device_memory_budget = get_device_memory_budget
    get_automatic_device_memory_budget = get_device_memory_budget

    def set_device_memory_budget(self, budget_bytes: int) -> int:
        """Gives 0 for 0, which is what it is. RuntimeError for more: no engine streams weights."""
        if budget_bytes == 0:
            return 0
        raise RuntimeError(f"{self.name or 'the engine'} streams no weights; a budget of {budget_bytes} bytes is void")

    def extra_repr(self) -> str:
        """The signature and the size of the engine."""
        size = 0 if self.engine is None else self.engine.numel()
        return f"{self.signature!r}, {size} bytes"


def _names(info: dict[str, Any] | None, key: str) -> list[str]:
    return [item["name"] for item in (info or {}).get(key, ())]
