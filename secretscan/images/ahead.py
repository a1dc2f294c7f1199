"""Inflating ahead of whoever walks: zlib, zstd and the hashes let go of the interpreter's lock, so two cores work on one layer."""

from __future__ import annotations

import os
import queue
import threading

from secretscan.readers.compression import Chunks

_DEPTH = 8  # blocks of about 1 MiB


def ahead(chunks: Chunks) -> Chunks:
    """The same chunks, made in a thread up to 8 of them ahead; errors come where they happened. On a single core, the chunks as they are.

    The thread has ended when this has, so what `chunks` is made from belongs to one thread at any time.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _threaded(chunks) if cores > 1 else chunks


def _threaded(chunks: Chunks) -> Chunks:
    blocks: queue.Queue[bytes | memoryview | BaseException | None] = queue.Queue(_DEPTH)
    stopped = threading.Event()

    def put(block: bytes | memoryview | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                blocks.put(block, timeout=0.2)
                return
            except queue.Full:
                continue

    def make() -> None:
        try:
            for chunk in chunks:
                put(chunk)
                if stopped.is_set():
                    return
            put(None)
        except BaseException as error:  # raised again by the reader
            put(error)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    waits = True
    try:
        while (block := blocks.get()) is not None:
            if isinstance(block, BaseException):
                raise block
            yield block
    except KeyboardInterrupt:
        waits = False  # the thread may wait for a pipe that gives nothing more
        raise
    finally:
        stopped.set()
        if waits:
            maker.join()
