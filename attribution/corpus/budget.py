"""How much a compressed layer may expand before it is taken for a bomb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.corpus.streams import Unreadable

if TYPE_CHECKING:
    from attribution.limits import Limits

__all__ = ["Budget"]


class Budget:
    """Counts what goes into and comes out of one compressed layer, and of all layers around it.

    Each layer is held to its own ratio, and what it gives counts for the outer ones as well, so that neither
    a deep nest nor many small bombs side by side get more than the outermost may.

    Args:
        limits: `expanded_bytes`, `expansion_ratio` and `ratio_floor_bytes` hold.
        outer: The budget of the layer around this one; None for the outermost.
    """

    __slots__ = ("_limits", "_outer", "_taken", "expanded")

    def __init__(self, limits: Limits, outer: Budget | None = None) -> None:
        self._limits = limits
        self._outer = outer
        self._taken = 0
        self.expanded = 0

    def take(self, size: int) -> None:
        """Count compressed bytes that were read, or at once all that there are."""
        self._taken += size

    def give(self, size: int) -> None:
        """Count expanded bytes.

        Raises:
            Unreadable: `too-large`, with the innermost budget that is overdrawn as its layer.
        """
        layers = [self]
        while (outer := layers[-1]._outer) is not None:
            layers.append(outer)
        for layer in layers:
            layer.expanded += size
        for layer in layers:
            layer._judge()

    def _judge(self) -> None:
        limits = self._limits
        if self.expanded > limits.expanded_bytes:
            detail = f"expands to more than {limits.expanded_bytes:,} bytes; the rest was not read"
        elif self.expanded > limits.ratio_floor_bytes and self.expanded > limits.expansion_ratio * self._taken:
            detail = (
                f"expands to more than {limits.expansion_ratio} times its size, the mark of an archive bomb; "
                "the rest was not read"
            )
        else:
            return
        raise Unreadable(self, "too-large", detail)
