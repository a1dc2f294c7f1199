"""Inflating ahead of whoever walks: zlib, zstd and the hashes let go of the interpreter's lock, so two cores work on one layer."""

from __future__ import annotations

import os
import queue
import threading

from secretscan.readers.compression import Chunks

_DEPTH = 8  # portions that wait at most
_PORTION = 1 << 20  # bytes handed over at a time: each time costs both sides a wait for the interpreter's lock


def ahead(chunks: Chunks) -> Chunks:
    """The same chunks, made in a thread up to some 8 MiB ahead; errors come where they happened. On a single core, the chunks as they are.

    The thread has ended when this has, so what `chunks` is made from belongs to one thread at any time.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _threaded(chunks) if cores > 1 else chunks


def _threaded(chunks: Chunks) -> Chunks:
    portions: queue.Queue[list[bytes | memoryview] | BaseException | None] = queue.Queue(_DEPTH)
    stopped = threading.Event()

    def put(portion: list[bytes | memoryview] | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                portions.put(portion, timeout=0.2)
                return
            except queue.Full:
                continue

    def make() -> None:
        held: list[bytes | memoryview] = []
        size = 0
        end = None
        try:
            for chunk in chunks:
                held.append(chunk)
                size += len(chunk)
                if size >= _PORTION:
                    put(held)
                    held, size = [], 0
                if stopped.is_set():
                    return
        except BaseException as error:  # raised again by the reader
            end = error
        put(held)
        put(end)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    waits = True
    try:
        while (portion := portions.get()) is not None:
            if isinstance(portion, BaseException):
                raise portion
            yield from portion
    except KeyboardInterrupt:
        waits = False  # the thread may wait for a pipe that gives nothing more
        raise
    finally:
        stopped.set()
        if waits:
            maker.join()
