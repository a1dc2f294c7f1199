# cython: binding=True, embedsignature=True, embedsignature.format=python, auto_pickle=False, autotestdict=False
"""With the files it includes, the only one that knows both Python and the C of this folder. Documented for users in secretscan/_core.pyi."""

import os
from typing import NamedTuple

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DATA, PyUnicode_DecodeUTF8, PyUnicode_GET_LENGTH, PyUnicode_KIND
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memset
from plain_c cimport *

FLAG_UTF16LE = C_FLAG_UTF16LE
FLAG_UTF16BE = C_FLAG_UTF16BE
FLAG_PACKED = C_FLAG_PACKED
FLAG_FULL = C_FLAG_FULL
FLAG_UTF32LE = C_FLAG_UTF32LE
FLAG_UTF32BE = C_FLAG_UTF32BE


class Check(NamedTuple):
    literal: bytes
    caseless: bool = False
    before: bytes | None = None
    after: bytes | None = None
    once: bool = False


class TarMember(NamedTuple):
    name: bytes
    linkname: bytes
    type: bytes
    size: int
    mode: int


class TarFile(NamedTuple):
    member: TarMember
    content: bytes
    digest: int


cdef int raise_status(status code) except -1:
    """The one place where a status code becomes an exception."""
    if code == STATUS_OK:
        return 0
    if code == STATUS_NO_MEMORY:
        raise MemoryError
    if code == STATUS_INVALID:
        raise ValueError("not what the core can read")
    raise OverflowError("too large for the core")


@cython.final
cdef class _View:
    """A buffer held as long as this lives. Anything that gives contiguous bytes will do."""

    cdef Py_buffer buffer
    cdef bint held

    def __cinit__(self, data):
        PyObject_GetBuffer(data, &self.buffer, PyBUF_SIMPLE)
        self.held = True

    def __dealloc__(self):
        if self.held:
            PyBuffer_Release(&self.buffer)


def entropy(data) -> float:
    cdef _View view = _View(data)
    return entropy_of(<const uint8_t *>view.buffer.buf, <size_t>view.buffer.len)


cdef digest_key process_key
process_key.low = int.from_bytes(os.urandom(8), "little")
process_key.high = int.from_bytes(os.urandom(8), "little")


def digest(data) -> int:
    cdef _View view = _View(data)
    cdef uint64_t found
    with nogil:
        found = digest_of(&process_key, <const uint8_t *>view.buffer.buf, <size_t>view.buffer.len)
    return found


def count_lines(data, start: int = 0, end: int | None = None) -> tuple[int, int]:
    cdef _View view = _View(data)
    cdef Py_ssize_t first, last
    cdef line_count count
    first, last, _ = slice(start, end).indices(view.buffer.len)
    if last <= first:
        return 0, 0
    with nogil:
        count = count_newlines(<const uint8_t *>view.buffer.buf + first, <size_t>(last - first))
    return count.newlines, count.after


def kind_of(head) -> str | None:
    cdef _View view = _View(head)
    cdef const char *kind = packed_kind(<const uint8_t *>view.buffer.buf, <size_t>view.buffer.len)
    return None if kind == NULL else kind.decode()


def find_packed(data, start: int = 0) -> tuple[str, int] | None:
    cdef _View view = _View(data)
    cdef size_t first = start
    cdef embedded found
    with nogil:
        found = find_embedded(<const uint8_t *>view.buffer.buf, <size_t>view.buffer.len, first)
    return None if found.kind == NULL else (found.kind.decode(), found.offset)


include "walking.pxi"
include "programs.pxi"
include "matching.pxi"
include "packs.pxi"
include "places.pxi"
include "documents.pxi"
