"""Models of transformers, a kind each, made from their configurations, weights by a fixed seed. Full size is what
bench/python/bench_transformers.py times: a call takes PyTorch eager some 10 to 100 ms on two cores."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

Inputs = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Model:
    """A configuration's class, less "Config", is `name`; `inputs` makes them for a length of text or an image's size.
    `small` replaces values of `config`."""

    name: str
    kind: str
    model: str
    config: dict[str, Any]
    small: dict[str, Any]
    inputs: Callable[[int], Inputs]
    sizes: tuple[int, int]  # full, small


def _ids(length: int, batch: int = 1, name: str = "input_ids") -> Inputs:
    return {name: torch.randint(3, 1000, (batch, length))}


def _pixels(size: int) -> Inputs:
    return {"pixel_values": torch.randn(1, 3, size, size)}


# A vocabulary of 1000: a larger one is one large product at the end. No token is special but where one has to be.
_TEXT = {"vocab_size": 1000, "bos_token_id": None, "eos_token_id": None}
_BERT = {
    "vocab_size": 1000,
    "hidden_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "intermediate_size": 2048,
}
_BERT_SMALL = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
_LLAMA = {**_BERT, **_TEXT, "num_key_value_heads": 4, "intermediate_size": 1408}
_LLAMA_SMALL = {**_BERT_SMALL, "num_key_value_heads": 1}
_WHISPER = {"pad_token_id": 1, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1, "vocab_size": 1000}
_CLIP_TEXT = {"vocab_size": 1000, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2}


def _clip(image: int, **sizes: int) -> dict[str, Any]:
    return {
        "text_config": {**_CLIP_TEXT, **sizes},
        "vision_config": {"patch_size": 32, "image_size": image, **sizes},
        "projection_dim": 64,
    }


def _whisper(width: int, layers: int, heads: int, positions: int) -> dict[str, Any]:
    parts = {
        f"{part}_{key}": value
        for part in ("encoder", "decoder")
        for key, value in (("layers", layers), ("attention_heads", heads), ("ffn_dim", 4 * width))
    }
    return {**_WHISPER, **parts, "d_model": width, "max_source_positions": positions}


MODELS = [
    Model("Bert", "encoder", "BertModel", _BERT, _BERT_SMALL, _ids, (128, 6)),
    Model(
        "GPT2",
        "decoder",
        "GPT2LMHeadModel",
        {**_TEXT, "n_embd": 512, "n_layer": 4, "n_head": 8},
        {"n_embd": 32, "n_layer": 1, "n_head": 2},
        _ids,
        (128, 6),
    ),
    Model("Llama", "decoder", "LlamaForCausalLM", _LLAMA, _LLAMA_SMALL, _ids, (128, 6)),
    Model(
        "Mixtral",
        "mixture of experts",
        "MixtralForCausalLM",
        {**_LLAMA, "num_hidden_layers": 2, "num_local_experts": 8, "num_experts_per_tok": 2},
        {**_LLAMA_SMALL, "num_local_experts": 4},
        _ids,
        (64, 6),
    ),
    Model(
        "Mamba",
        "state space",
        "MambaForCausalLM",
        {**_TEXT, "hidden_size": 384, "num_hidden_layers": 2},
        {"hidden_size": 16, "num_hidden_layers": 1},
        _ids,
        (32, 6),
    ),
    Model(
        "T5",
        "encoder-decoder",
        "T5ForConditionalGeneration",
        {"vocab_size": 1000, "d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 3, "num_heads": 8},
        {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 1, "num_heads": 2},
        lambda n: _ids(n) | _ids(max(n // 4, 3), name="decoder_input_ids"),
        (128, 6),
    ),
    Model(
        "ViT",
        "vision",
        "ViTForImageClassification",
        {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 6, "intermediate_size": 1536},
        {**_BERT_SMALL, "image_size": 32},
        _pixels,
        (224, 32),
    ),
    Model(
        "Swin",
        "vision, windows",
        "SwinForImageClassification",
        {"embed_dim": 96, "depths": [2, 2, 2], "num_heads": [3, 6, 12]},
        {"embed_dim": 16, "depths": [2, 1], "num_heads": [1, 2], "image_size": 64},
        _pixels,
        (224, 64),
    ),
    Model(
        "Wav2Vec2",
        "audio encoder",
        "Wav2Vec2ForCTC",
        {**_BERT, "vocab_size": 32, "num_hidden_layers": 3, "conv_dim": (256,) * 7},
        {**_BERT_SMALL, "conv_dim": (16,) * 7},
        lambda n: {"input_values": torch.randn(1, n)},
        (8000, 800),
    ),
    Model(
        "Whisper",
        "audio encoder-decoder",
        "WhisperForConditionalGeneration",
        _whisper(256, 2, 4, 400),
        _whisper(32, 1, 2, 20),
        lambda n: {"input_features": torch.randn(1, 80, n)} | _ids(max(n // 25, 3), name="decoder_input_ids"),
        (800, 40),
    ),
    Model(
        "CLIP",
        "text and image",
        "CLIPModel",
        _clip(224, hidden_size=384, num_hidden_layers=4, num_attention_heads=6, intermediate_size=1536),
        _clip(64, **_BERT_SMALL),
        lambda n: _ids(n // 7, batch=4) | _pixels(n),
        (224, 64),
    ),
]


def build(name: str, full: bool = False) -> tuple[nn.Module, Inputs]:
    """The model and what it is called with, by keywords."""
    import transformers

    row = next(m for m in MODELS if m.name == name)
    torch.manual_seed(0)
    config = getattr(transformers, row.name + "Config")(**(row.config if full else {**row.config, **row.small}))
    return getattr(transformers, row.model)(config).eval(), row.inputs(row.sizes[0 if full else 1])


def tensors_of(result: Any) -> Iterator[torch.Tensor]:
    """Of a model's results, also those in caches of attention or state, which hold theirs as attributes."""
    if isinstance(result, torch.Tensor):
        yield result
    elif isinstance(result, Mapping):
        yield from (t for value in result.values() for t in tensors_of(value))
    elif isinstance(result, (list, tuple)):
        yield from (t for value in result for t in tensors_of(value))
    elif type(result).__module__ == "transformers.cache_utils":
        yield from tensors_of(vars(result))
