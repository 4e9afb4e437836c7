"""Vectors of pictures by the user's own means: a function, a torch module, or a model named in timm."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import CannotTell, Chunk, Floats, ProbeSettings, SplitView
from dataaudit.probe.rows import Rows
from dataaudit.stats.picture_prints import turned

Embedder = Callable[[list[NDArray[np.uint8]]], Any]

LOT = 64
"""Pictures that are read and embedded at once."""
_SIDE = 224
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What ImageNet models are fed, where a module does not say otherwise."""

_REGISTERED: dict[str, Embedder] = {}


def register_embedder(name: str, embedder: Embedder) -> None:
    """Let `embed=name` stand for a function.

    Parameters
    ----------
    name : str
        Any text that is no name of a timm model.
    embedder : callable
        Takes a list of pictures, uint8 of shape (height, width, 3), of any sizes; returns an array, shape (n, d).
    """
    _REGISTERED[name] = embedder


def embedder(embed: Any) -> Embedder:
    """Return the function that a setting stands for.

    Parameters
    ----------
    embed : callable, torch module or str
        A function from a list of pictures (uint8, height × width × 3) to an array of vectors; a torch module, which is
        fed pictures as its own configuration says (timm) or as ImageNet models are; a registered name;
        "package.module:function"; or the name of a timm model whose weights are on this disk.

    Raises
    ------
    ConfigError
        If it stands for nothing, or the weights are not there. Nothing is ever fetched.
    """
    if isinstance(embed, str):
        return _named(embed)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(embed, torch.nn.Module):
        return _of_module(embed, torch)
    if callable(embed):
        found: Embedder = embed
        return found
    raise ConfigError(
        f"embed is of type {type(embed).__name__}, expected a function, a torch module or a name.",
        "A function takes a list of pictures (uint8, height × width × 3) and returns one vector for each.",
    )


def _named(name: str) -> Embedder:
    if name in _REGISTERED:
        return _REGISTERED[name]
    return _imported(name) if ":" in name else _of_timm(name)


@cache
def _of_timm(name: str) -> Embedder:
    try:
        timm = importlib.import_module("timm")
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise ConfigError(
            f"embed={name!r} names a timm model, and {error.name} is not installed.",
            "Install it with pip install 'dataaudit[embed]', or pass a function.",
        ) from None
    if not timm.is_model(name.split(".")[0]):
        raise ConfigError(f"There is no timm model {name!r}.", did_you_mean(name, [*_REGISTERED, *timm.list_models()]))
    weights = _weights_on_disk(timm.get_pretrained_cfg(name), torch)
    if weights is None:
        raise ConfigError(
            f"The weights of {name!r} are not on this disk, and nothing is fetched from the network.",
            f"Load them once yourself, with timm.create_model({name!r}, pretrained=True), or pass a module.",
        )
    model = timm.create_model(name, pretrained=True, num_classes=0, pretrained_cfg_overlay={"file": str(weights)})
    return _of_module(model, torch)


def _imported(name: str) -> Embedder:
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"embed={name!r} cannot be imported ({error}).", "Write package.module:function.") from None
    return embedder(found)


def _weights_on_disk(cfg: Any, torch: Any) -> Path | None:
    """Return the file of a timm model's weights in the caches that timm itself fills, or None."""
    if cfg is None:
        return None
    if getattr(cfg, "file", None):
        return Path(cfg.file) if Path(cfg.file).is_file() else None
    hub = getattr(cfg, "hf_hub_id", None)
    if hub:
        try:
            cached = importlib.import_module("huggingface_hub").try_to_load_from_cache
        except ImportError:
            return None
        for file in ("model.safetensors", "pytorch_model.bin"):
            found = cached(hub, file)
            if isinstance(found, str):
                return Path(found)
    url = getattr(cfg, "url", "")
    kept = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    return kept if url and kept.is_file() else None


def _of_module(module: Any, torch: Any) -> Embedder:
    """Return a function that feeds pictures to a module, as its configuration says, in evaluation mode."""
    cfg = getattr(module, "pretrained_cfg", None) or {}
    size = cfg.get("input_size") or (3, _SIDE, _SIDE)
    mean, std = (torch.tensor(cfg.get(key) or other).view(3, 1, 1) for key, other in (("mean", _MEAN), ("std", _STD)))

    def apply(pictures: list[NDArray[np.uint8]]) -> Floats:
        first = next(module.parameters(), None)
        device = "cpu" if first is None else first.device
        training = [part for part in module.modules() if part.training]
        module.eval()
        try:
            with torch.inference_mode():
                lot = torch.stack([(torch.from_numpy(resized(p, size[1], size[2])) - mean) / std for p in pictures])
                out = module(lot.to(device, torch.float32 if first is None else first.dtype))
        finally:
            for part in training:
                part.training = True
        if isinstance(out, tuple | list):
            out = out[0]
        while out.ndim > 2:  # maps: their means
            out = out.mean(dim=-1)
        vectors: Floats = out.float().cpu().numpy().astype(np.float64)
        return vectors

    return apply


def resized(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float32]:
    """Return a picture at another size by bicubic interpolation, channels first, 0 to 1, shape (3, height, width)."""
    from PIL import Image

    image = Image.fromarray(picture)
    if picture.shape[:2] != (height, width):
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(image, np.float32).transpose(2, 0, 1)) / np.float32(255)


# ---------------------------------------------------------------- all sampled pictures


def embedded(rows: Rows, splits: Mapping[str, SplitView], settings: ProbeSettings) -> Floats:
    """Return the vectors of sampled pictures, shape (n, d).

    The pictures are read anew, 64 at a time.

    Raises
    ------
    CannotTell
        If the pictures come from a saved profile, or the vectors cannot be used.
    """
    apply = embedder(settings.embed)
    found: list[Floats] = []
    at = np.concatenate([np.flatnonzero(rows.split == i)[np.argsort(rows.position[rows.split == i])]
                         for i in range(len(rows.splits))])  # fmt: skip
    done = 0
    for pictures in _pictures(rows, splits, at):
        found.append(_checked(apply(pictures), len(pictures), found))
        done += len(pictures)
        if settings.progress is not None:
            settings.progress("embedding", done, len(rows))
    vectors = np.empty((len(rows), found[0].shape[1]))
    vectors[at] = np.concatenate(found)
    return vectors


def _checked(vectors: Any, n: int, before: Sequence[Floats]) -> Floats:
    """Return what an embedder gave as an array, if it can be used."""
    try:
        made = np.asarray(vectors.detach().cpu() if hasattr(vectors, "detach") else vectors, np.float64)
    except (TypeError, ValueError) as error:
        raise CannotTell(f"the embedding gave no numbers ({error})") from None
    if made.ndim != 2 or len(made) != n or not made.shape[1]:
        raise CannotTell(f"the embedding gave an array of shape {made.shape} for {n} pictures, expected one row each")
    if before and before[0].shape[1] != made.shape[1]:
        raise CannotTell(f"the embedding gave vectors of {made.shape[1]} numbers after ones of {before[0].shape[1]}")
    if not (np.abs(made) < 1e30).all():
        raise CannotTell("the embedding gave NaN, infinite or absurdly large numbers")
    return made


def _pictures(rows: Rows, splits: Mapping[str, SplitView], at: NDArray[np.int64]) -> Iterator[list[NDArray[np.uint8]]]:
    """Yield lots of pictures as bytes, RGB, upright."""
    for i, name in enumerate(rows.splits):
        mine = rows.position[at[rows.split[at] == i]]
        ends: tuple[float, float] | None = None
        for first in range(0, len(mine), LOT):
            chunk = splits[name].fetch(mine[first : first + LOT].tolist())
            if ends is None and chunk.pixels is not None and chunk.pixels.dtype != np.uint8:
                ends = _ends(splits, rows)
            yield _as_rgb(chunk, ends)


def _ends(splits: Mapping[str, SplitView], rows: Rows) -> tuple[float, float]:
    """Return what to take for black and white in an array that holds no bytes."""
    some = [splits[name].fetch(rows.position[rows.split == i][:LOT].tolist()) for i, name in enumerate(rows.splits)]
    values = np.concatenate(
        [c.pixels.ravel()[:: max(1, c.pixels.size // 100_000)] for c in some if c.pixels is not None]
    )
    low, high = np.quantile(values.astype(np.float64), (0.005, 0.995))
    if low >= 0.0 and high <= 1.0:
        return 0.0, 1.0
    if low >= 0.0 and high <= 255.0:
        return 0.0, 255.0
    return float(low), float(high)


def _as_rgb(chunk: Chunk, ends: tuple[float, float] | None) -> list[NDArray[np.uint8]]:
    if chunk.pixels is not None:
        return [_rgb(picture, ends) for picture in chunk.pixels]
    found = []
    for picture in chunk.pictures:
        if picture.pixels is None:
            raise CannotTell(f"{picture.path} can no longer be read ({picture.error})")
        own = None
        if picture.pixels.dtype != np.uint8:
            own = float(picture.pixels.min()), float(picture.pixels.max())
        found.append(np.ascontiguousarray(turned(_rgb(picture.pixels, own), picture.orientation)))
    return found


def _rgb(pixels: NDArray[Any], ends: tuple[float, float] | None) -> NDArray[np.uint8]:
    """Return a picture as bytes with three channels; alpha is left out."""
    colours = pixels[..., :3] if pixels.shape[-1] >= 3 else pixels[..., :1]
    if ends is not None:
        low, high = ends
        with np.errstate(all="ignore"):
            colours = np.clip((colours.astype(np.float64) - low) * (255.0 / ((high - low) or 1.0)), 0, 255)
        colours = np.rint(np.nan_to_num(colours)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(colours, (*colours.shape[:2], 3)), np.uint8)
