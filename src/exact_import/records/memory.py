"""How the memory of arrays that grow for as long as a file lasts is found."""

from __future__ import annotations

import contextlib

_MMAP_THRESHOLD = -3  # of glibc's mallopt
_LARGE = 1 << 18


def give_large_arrays_pages_of_their_own() -> None:
    """Let blocks of a quarter of a megabyte and more be grown by moving pages, not by copying them.

    By itself glibc comes to take blocks of up to 32 MB from the heap, where an array that has
    outgrown its place is copied and leaves a hole: half as much memory again, by chance. Other C
    libraries are left as they are.
    """
    import ctypes  # for large files only

    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
