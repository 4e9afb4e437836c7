"""Lightning: a callback that audits the batches a model trains on.

>>> trainer = Trainer(callbacks=[DataAudit()])  # doctest: +SKIP
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dataaudit.api import Watcher
from dataaudit.api.watch import check_fail_on, verdict_line
from dataaudit.errors import ConfigError
from dataaudit.loaders.batches.described import described
from dataaudit.loaders.batches.opened import length_of
from dataaudit.model import Feeding
from dataaudit.report.report import Report

if TYPE_CHECKING:

    class Callback:
        """What both packages call a callback."""
else:
    try:
        from lightning.pytorch.callbacks import Callback
    except ImportError:
        try:
            from pytorch_lightning.callbacks import Callback
        except ImportError:
            raise ConfigError(
                "dataaudit.bridges.lightning needs Lightning, which is not installed.", "pip install lightning"
            ) from None


class DataAudit(Callback):
    """Audit the training and validation batches of a Trainer while it uses them.

    Parameters
    ----------
    fail_on : {"never", "error", "warning", "note"}
        Stop the training with FindingsError at the end of an epoch with findings from this severity on.
    on_epoch : callable, optional
        Given the report of every whole epoch; by default its verdict is told on standard error.
    classes, augmented, sampler
        As in `dataaudit.audit_batches`.
    target, index, preset, select, ignore, limits
        Likewise.

    Attributes
    ----------
    reports : dict of str to Report
        Of the last whole epoch, by split.

    Notes
    -----
    Batches are looked at where the model gets them. Those that already are on an accelerator are copied back for it;
    to spare that, wrap the loader in `dataaudit.watch` instead. The sanity check before training is left out.
    """

    def __init__(
        self,
        *,
        fail_on: str = "never",
        on_epoch: Callable[[Report], None] | None = None,
        target: str | None = None,
        index: str | None = None,
        classes: int | None = None,
        augmented: bool | None = None,
        sampler: str | None = None,
        preset: Any = None,
        select: str | Iterable[str] | None = None,
        ignore: str | Iterable[str] | None = None,
        limits: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__()
        check_fail_on(fail_on)
        self.reports: dict[str, Report] = {}
        self._fail_on, self._on_epoch = fail_on, on_epoch or verdict_line
        self._declared: dict[str, Any] = {"classes": classes, "augmented": augmented, "sampler": sampler}
        self._settings: dict[str, Any] = {
            "target": target, "index": index, "select": select, "ignore": ignore, "limits": limits, "preset": preset,
        }  # fmt: skip
        self._watchers: dict[str, Watcher] = {}
        self._left: dict[str, float] = {}

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin an epoch of training."""
        self._begin("train", trainer.train_dataloader)

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Look at a batch before it is learnt from."""
        self._see("train", batch)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Note when the next batch is asked for."""
        self._left["train"] = time.perf_counter()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Judge the epoch."""
        self._end("train")

    def on_validation_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin an epoch of validation."""
        if not trainer.sanity_checking:
            loaders = trainer.val_dataloaders
            self._begin("val", loaders[0] if isinstance(loaders, list) else loaders)

    def on_validation_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Look at a batch of the first validation loader."""
        if not trainer.sanity_checking and dataloader_idx == 0:
            self._see("val", batch)

    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Judge the epoch of validation."""
        if not trainer.sanity_checking:
            self._end("val")

    def _begin(self, split: str, loader: Any) -> None:
        if split not in self._watchers:
            feeding = Feeding(**self._declared, epochs=1, watched=True, found={split: described(loader)})
            self._watchers[split] = Watcher(split, feeding=feeding, length=length_of(loader), **self._settings)
        self._watchers[split].forget_epoch()
        self._left[split] = time.perf_counter()

    def _see(self, split: str, batch: Any) -> None:
        came = time.perf_counter()
        self._watchers[split].see(batch, came - self._left[split])

    def _end(self, split: str) -> None:
        report = self._watchers[split].end_epoch()
        if report is not None:
            self.reports[split] = report
            self._on_epoch(report)
            report.raise_for_findings(self._fail_on)
