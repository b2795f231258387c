"""The blur and the decimation of PDQ written down as the definition says, one pixel at a time."""

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float64]


def grid(luma: Grid) -> Grid:
    """Return the 64x64 brightness grid: box filter along rows and columns, twice, then the nearest centre."""
    height, width = luma.shape
    for _ in range(2):
        luma = np.array([_boxed(row, _window(width)) for row in luma])
        luma = np.array([_boxed(column, _window(height)) for column in luma.T]).T
    rows = [int((output + 0.5) * height / 64) for output in range(64)]
    columns = [int((output + 0.5) * width / 64) for output in range(64)]
    return luma[np.ix_(rows, columns)]


def _window(size: int) -> int:
    return (size + 127) // 128


def _boxed(line: Grid, window: int) -> list[float]:
    after = (window + 2) // 2 - 1
    before = window - 1 - after
    return [float(line[max(0, at - before) : at + after + 1].mean()) for at in range(len(line))]
