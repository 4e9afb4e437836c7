"""The Lightning callback, on a real Trainer."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from dataaudit.errors import ConfigError, FindingsError

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("lightning", reason="lightning is not installed")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lightning

    from dataaudit.bridges.lightning import DataAudit

from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


class Line(lightning.LightningModule):
    """The smallest model that trains."""

    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(4, 3)

    def training_step(self, batch: Any, number: int) -> Any:
        return torch.nn.functional.cross_entropy(self.line(batch[0]), batch[1])

    def validation_step(self, batch: Any, number: int) -> None:
        self.line(batch[0])

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), 0.01)


def loader(rows: int = 96, *, shuffle: bool = True, scale: float = 1.0) -> Any:
    made = torch.Generator().manual_seed(rows)
    x, y = torch.randn(rows, 4, generator=made) * scale, torch.arange(rows) % 3
    return DataLoader(TensorDataset(x, y), batch_size=16, shuffle=shuffle)


def trained(callback: Any, train: Any, val: Any = None, epochs: int = 2) -> None:
    trainer = lightning.Trainer(
        max_epochs=epochs, callbacks=[callback], logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(Line(), train, val)


def test_both_loaders_are_judged_every_epoch() -> None:
    told: list[Any] = []
    callback = DataAudit(on_epoch=told.append)
    trained(callback, loader(), loader(48, shuffle=False, scale=500.0))
    assert [list(r.document["dataset"]["splits"]) for r in told] == [["val"], ["train"], ["val"], ["train"]]
    assert "NRM101" in {f.rule for f in callback.reports["val"].findings}
    assert "NRM101" not in {f.rule for f in callback.reports["train"].findings}
    counts = [epoch["samples"] for epoch in callback.reports["train"].document["loaders"][0]["epochs"]]
    assert counts == [96, 96]


def test_an_order_that_stays_the_same_is_told() -> None:
    callback = DataAudit(on_epoch=lambda report: None)
    trained(callback, loader(shuffle=False))
    assert "BAT105" in {f.rule for f in callback.reports["train"].findings}


def test_it_can_stop_the_training() -> None:
    callback = DataAudit(fail_on="warning", on_epoch=lambda report: None)
    with pytest.raises(FindingsError, match="BAT105"):
        trained(callback, loader(shuffle=False), epochs=5)
    with pytest.raises(ConfigError, match="fail_on"):
        DataAudit(fail_on="sometimes")
