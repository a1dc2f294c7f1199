# cython: binding=True, embedsignature=True, embedsignature.format=python, auto_pickle=False, autotestdict=False
"""The only file that knows both Python and the C of this folder. Documented for users in secretscan/_core.pyi."""

import os
from typing import NamedTuple

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr
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


class TarMember(NamedTuple):
    name: bytes
    linkname: bytes
    type: bytes
    size: int
    mode: int


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


@cython.final
cdef class _Pinned:
    """A batch of buffers that neither another thread nor the caller can take away while it is matched."""

    cdef tuple items
    cdef Py_buffer *buffers
    cdef text *texts
    cdef size_t count
    cdef size_t held
    cdef uint64_t bytes

    def __cinit__(self, items):
        cdef size_t i
        self.items = tuple(items)
        self.count = <size_t>len(self.items)
        self.buffers = <Py_buffer *>calloc(self.count or 1, sizeof(Py_buffer))
        self.texts = <text *>calloc(self.count or 1, sizeof(text))
        if self.buffers == NULL or self.texts == NULL:
            raise MemoryError
        for i in range(self.count):
            PyObject_GetBuffer(self.items[i], &self.buffers[i], PyBUF_SIMPLE)
            self.held += 1
            self.texts[i].bytes = <const uint8_t *>self.buffers[i].buf
            self.texts[i].length = <size_t>self.buffers[i].len
            self.texts[i].item = <uint32_t>i
            self.bytes += self.texts[i].length

    cdef release(self):
        while self.held > 0:
            self.held -= 1
            PyBuffer_Release(&self.buffers[self.held])

    def __dealloc__(self):
        self.release()
        free(self.buffers)
        free(self.texts)


@cython.final
cdef class Scan:
    cdef readonly list candidates
    cdef readonly list flags
    cdef readonly list failed
    cdef readonly object scanned
    cdef readonly object bytes
    cdef tuple items
    cdef files read

    def __cinit__(self):
        self.candidates = []
        self.flags = []
        self.failed = []
        self.scanned = self.bytes = 0

    def __dealloc__(self):
        files_free(&self.read)

    def content(self, item: int) -> bytes:
        cdef size_t index
        if item < 0:
            raise LookupError("items count from 0")
        index = item
        if self.items is not None:
            return bytes_of(self.items[index])
        if index >= self.read.count or self.read.contents[index].bytes == NULL:
            raise LookupError(f"the content of item {item} was not kept")
        return PyBytes_FromStringAndSize(<const char *>self.read.contents[index].bytes, <Py_ssize_t>self.read.contents[index].length)


cdef bytes_of(object data):
    return data if type(data) is bytes else bytes(data)


cdef Scan new_scan(findings *found):
    cdef Scan scan = Scan.__new__(Scan)
    cdef size_t i
    scan.candidates = [(found.candidates[i].item, found.candidates[i].check, found.candidates[i].offset) for i in range(found.count)]
    scan.flags = [(i, found.flags[i]) for i in range(found.items) if found.flags[i]]
    return scan


cdef dict number_dfas(tuple checks):
    """Each distinct DFA of the checks and its number."""
    cdef dict numbers = {}
    for given in checks:
        for encoded in (given.before, given.after):
            if encoded is not None:
                if type(encoded) is not bytes:
                    raise ValueError("a DFA is bytes")
                numbers.setdefault(encoded, len(numbers))
    return numbers


cdef int fill_check(check *target, object given, dict numbers, const dfa *dfas) except -1:
    literal, caseless, before, after = given
    if type(literal) is not bytes or not 1 <= len(literal) <= 255:
        raise ValueError("a literal is 1 to 255 bytes")
    if caseless and any(65 <= byte <= 90 for byte in literal):
        raise ValueError("a caseless literal is written in lower case")
    target.literal = <const uint8_t *>PyBytes_AS_STRING(literal)
    target.length = <uint8_t>PyBytes_GET_SIZE(literal)
    target.caseless = bool(caseless)
    if before is not None:
        target.before = dfas + <size_t>numbers[before]
    if after is not None:
        target.after = dfas + <size_t>numbers[after]
    return 0


@cython.final
cdef class Matcher:
    cdef matcher c
    cdef tuple checks  # their literals are the C matcher's too
    cdef readonly object filtered

    def __cinit__(self, checks, candidate_cap: int = 100_000):
        cdef size_t count, i
        cdef size_t read = 0
        cdef size_t cap = candidate_cap
        cdef check *filled
        cdef dfa *dfas
        cdef dict numbers
        self.checks = tuple([Check(*given) for given in checks])
        numbers = number_dfas(self.checks)
        count = <size_t>len(self.checks)
        filled = <check *>calloc(count or 1, sizeof(check))
        dfas = <dfa *>calloc(len(numbers) or 1, sizeof(dfa))
        try:
            if filled == NULL or dfas == NULL:
                raise MemoryError
            for encoded in numbers:
                read += 1
                raise_status(dfa_read(&dfas[read - 1], <const uint8_t *>PyBytes_AS_STRING(encoded), <size_t>PyBytes_GET_SIZE(encoded)))
            for i in range(count):
                fill_check(&filled[i], self.checks[i], numbers, dfas)
        except BaseException:
            free(filled)
            for i in range(read):
                dfa_free(&dfas[i])
            free(dfas)
            raise
        raise_status(matcher_init(&self.c, filled, count, dfas, read, cap))
        self.filtered = self.c.filter != NULL

    def __init__(self, checks, candidate_cap: int = 100_000) -> None:
        pass

    def __dealloc__(self):
        matcher_free(&self.c)

    def scan(self, items) -> Scan:
        cdef _Pinned pinned = _Pinned(items)
        cdef findings found
        cdef status code
        cdef Scan scan
        try:
            code = findings_init(&found, pinned.count)
            if code == STATUS_OK:
                with nogil:
                    code = match_texts(&self.c, pinned.texts, pinned.count, &found)
                    findings_sort(&found)
            raise_status(code)
            scan = new_scan(&found)
        finally:
            findings_free(&found)
            pinned.release()
        scan.items = pinned.items
        scan.scanned = pinned.count
        scan.bytes = pinned.bytes
        return scan

    def scan_files(self, paths, max_bytes: int, keep: bool = False) -> Scan:
        cdef tuple pinned = tuple(paths)
        cdef size_t count = <size_t>len(pinned)
        cdef size_t most = max_bytes
        cdef size_t i
        cdef findings found
        cdef files read
        cdef status code
        cdef Scan scan
        cdef const char **names = <const char **>calloc(count or 1, sizeof(char *))
        if names == NULL:
            raise MemoryError
        code = findings_init(&found, count)
        if code == STATUS_OK:
            code = files_init(&read, count, keep)
        else:
            files_init(&read, 0, False)
        try:
            raise_status(code)
            for i in range(count):
                path = pinned[i]
                if type(path) is not bytes:
                    raise TypeError("a path is bytes")
                if memchr(PyBytes_AS_STRING(path), 0, <size_t>PyBytes_GET_SIZE(path)) == NULL:
                    names[i] = PyBytes_AS_STRING(path)
            with nogil:
                code = match_files(&self.c, names, most, &read, &found)
                findings_sort(&found)
            raise_status(code)
            scan = new_scan(&found)
            scan.failed = [(i, read.errors[i]) for i in range(count) if read.errors[i]]
            scan.scanned = count - <size_t>len(scan.failed)
            scan.bytes = read.bytes
            scan.read = read
            read.contents = NULL
            read.errors = NULL
        finally:
            free(names)
            findings_free(&found)
            files_free(&read)
        return scan


@cython.final
cdef class Program:
    cdef program c
    cdef trial trial

    def __cinit__(self, encoded: bytes):
        raise_status(program_read(&self.c, <const uint8_t *>PyBytes_AS_STRING(encoded), <size_t>PyBytes_GET_SIZE(encoded)))
        raise_status(trial_init(&self.trial, &self.c))

    def __init__(self, encoded: bytes) -> None:
        pass

    def __dealloc__(self):
        trial_free(&self.trial)
        program_free(&self.c)

    cdef found_ search(self, const uint8_t *text, size_t length, list places, size_t before, size_t at, size_t high):
        """The next match in text[at:high] that begins at most `before` bytes ahead of one of the places, which ascend."""
        cdef size_t place, start
        cdef size_t begin = at
        cdef found_ found
        if not trial_reset(&self.trial, &self.c, at, high):
            return FOUND_UNDECIDED
        for place in places:
            if place < begin:
                continue
            if place > high:
                break
            start = place - before if place > before else 0
            found = program_search(&self.c, &self.trial, text, length, max(start, begin), place, high)
            if found != FOUND_NONE:
                return found
            begin = place + 1
        return FOUND_NONE

    def confirm(self, text: bytes, places: list[int], before: int, after: int, group: int) -> list[tuple[int, int, int, int]] | None:
        cdef const uint8_t *data = <const uint8_t *>PyBytes_AS_STRING(text)
        cdef size_t length = <size_t>PyBytes_GET_SIZE(text)
        cdef size_t reach = before
        cdef size_t ahead = after
        cdef size_t number = 0
        cdef size_t count = <size_t>len(places)
        cdef size_t low, high, at, place, chosen, slot, start, end, secret_start, secret_end
        cdef found_ found
        cdef list within
        cdef list confirmed = []
        if not 0 <= 2 * group < self.c.slots:
            raise ValueError("no such group")
        while number < count:
            place = places[number]
            low = place - reach if place > reach else 0
            within = []
            high = 0
            while number < count:
                place = places[number]
                if within and place > reach and place - reach > high:
                    break
                high = min(length, place + ahead)
                within.append(place)
                number += 1
            at = low
            while at <= high:
                found = self.search(data, length, within, reach, at, high)
                if found == FOUND_UNDECIDED:
                    return None
                if found != FOUND_MATCH:
                    break
                chosen = 2 * <size_t>group
                if chosen == 0:
                    for slot in range(2, self.c.slots, 2):
                        if self.trial.slots[slot] != <size_t>-1 and self.trial.slots[slot] < self.trial.slots[slot + 1] \
                                and self.trial.slots[slot + 1] != <size_t>-1:
                            chosen = slot
                            break
                if self.trial.slots[chosen] == <size_t>-1:
                    return None
                # Taken before anything is allocated: a collection may let another thread search with the same trial.
                start, end = self.trial.slots[0], self.trial.slots[1]
                secret_start, secret_end = self.trial.slots[chosen], self.trial.slots[chosen + 1]
                confirmed.append((start, end, secret_start, secret_end))
                at = max(secret_end, at + 1)
        return confirmed


def list_folder(path: bytes, follow: bool = False) -> list[tuple[bytes, int, int]]:
    cdef folder found
    cdef status code
    cdef const char *name
    cdef size_t i
    if memchr(PyBytes_AS_STRING(path), 0, <size_t>PyBytes_GET_SIZE(path)) != NULL:
        raise ValueError("a path has no NUL")
    name = PyBytes_AS_STRING(path)
    try:
        with nogil:
            code = folder_list(&found, name, follow)
        raise_status(code)
        if found.error:
            raise OSError(found.error, os.strerror(found.error), path)
        return [
            (
                PyBytes_FromStringAndSize(found.names + found.entries[i].name, <Py_ssize_t>found.entries[i].length),
                found.entries[i].mode if not found.entries[i].error else -found.entries[i].error,
                found.entries[i].size,
            )
            for i in range(found.count)
        ]
    finally:
        folder_free(&found)


def entropy(data) -> float:
    cdef _View view = _View(data)
    return entropy_of(<const uint8_t *>view.buffer.buf, <size_t>view.buffer.len)


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


def split_objects(data) -> tuple[list[tuple[bytes, bytes, int, int]], int]:
    cdef _View view = _View(data)
    cdef const uint8_t *bytes_ = <const uint8_t *>view.buffer.buf
    cdef size_t length = <size_t>view.buffer.len
    cdef size_t at = 0
    cdef object_ found
    cdef object_result result
    cdef list objects = []
    while True:
        result = next_object(bytes_, length, at, &found)
        if result == OBJECT_MALFORMED:
            raise ValueError(f"not the output of git cat-file --batch at offset {at}")
        if result == OBJECT_UNFINISHED:
            return objects, at
        objects.append((
            PyBytes_FromStringAndSize(<const char *>bytes_ + found.id_start, <Py_ssize_t>found.id_length),
            PyBytes_FromStringAndSize(<const char *>bytes_ + found.type_start, <Py_ssize_t>found.type_length),
            found.start,
            found.end,
        ))
        at = found.next


cdef name_bytes(const tar_name *name):
    return PyBytes_FromStringAndSize(<const char *>name.bytes, <Py_ssize_t>name.length)


@cython.final
cdef class TarWalker:
    cdef tar_walker c

    def __cinit__(self):
        tar_init(&self.c)

    def __dealloc__(self):
        tar_free(&self.c)

    def feed(self, data) -> list[TarMember | memoryview | None]:
        cdef object whole = memoryview(data).cast("B")
        cdef _View view = _View(data)
        cdef list events = []
        cdef size_t used = 0
        cdef tar_event event
        while True:
            event = tar_next(&self.c, <const uint8_t *>view.buffer.buf, <size_t>view.buffer.len, &used)
            if event == TAR_MEMBER:
                events.append(TarMember(
                    name_bytes(&self.c.name), name_bytes(&self.c.link), bytes((self.c.type,)), self.c.size, self.c.mode,
                ))
            elif event == TAR_DATA:
                events.append(whole[self.c.data_start:self.c.data_end])
            elif event == TAR_END:
                events.append(None)
            elif event == TAR_MORE:
                return events
            elif event == TAR_NO_MEMORY:
                raise MemoryError
            elif events:
                return events
            else:
                raise ValueError(self.c.problem.decode())

    def remarks(self) -> bytes:
        cdef bytes said = name_bytes(&self.c.remarks)
        self.c.remarks.length = 0
        return said

    def close(self) -> str | None:
        cdef const char *problem = tar_close(&self.c)
        return None if problem == NULL else problem.decode()
