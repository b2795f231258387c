"""What the compiled loops are made with: the compiler, and two instructions of the processor that NumPy does not have."""

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

type Number = Any  # An int where Python runs it, and a signed number of 8 octets where it is compiled.
type Words = npt.NDArray[np.uint64]
type Halves = npt.NDArray[np.uint32]
type Numbers = npt.NDArray[np.int64]
type Flags = npt.NDArray[np.bool_]


def compiled[Function: Callable[..., Any]](function: Function) -> Function:
    """Compile `function` at its first call and keep the result on the disk, where there is a folder to keep it in.

    What is kept is made again when the file of `function` changes, but not when another file does that it calls.
    """
    try:
        return cast(Function, numba.njit(function, nogil=True, cache=True))
    except RuntimeError:  # numba finds neither its own folder nor the user's writable.
        return cast(Function, numba.njit(function, nogil=True))


def _popcount(_context: Any, _word: Any) -> Any:
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return numba.types.uint64(numba.types.uint64), code


def _prefetch(_context: Any, array: Any, _place: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start = make_array(signature.args[0])(context, builder, arguments[0]).data  # type: ignore[no-untyped-call]
        pointer = builder.bitcast(builder.gep(start, [arguments[1]]), cgutils.voidptr_t)
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        # For reading, into the second-level cache (a fifth faster than into the first, measured), data.
        builder.call(call, [pointer, number(0), number(2), number(1)])
        return context.get_dummy_value()

    return numba.types.void(array, numba.types.int64), code


# Count the bits that are set in a word.
popcount: Callable[[np.uint64], np.uint64] = cast(Any, intrinsic(_popcount))
# Ask for the memory at a place of an array, without waiting for it.
prefetch: Callable[[npt.NDArray[Any], Number], None] = cast(Any, intrinsic(_prefetch))


@compiled
def band_value(words: Words, at: Number, shift: Number, width: Number) -> Number:
    """Return the bits of a band of the hash that begins at `at`."""
    word = at + (shift >> 6)
    low = shift & 63
    value = words[word] >> np.uint64(low)
    if low + width > 64:
        value |= words[word + 1] << np.uint64(64 - low)
    return np.int64(value & np.uint64((1 << width) - 1))
