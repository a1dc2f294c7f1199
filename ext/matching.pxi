"""Batches of buffers and files against the matcher. Included by _core.pyx."""

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
    cdef readonly list matches
    cdef readonly list flags
    cdef readonly list failed
    cdef readonly object scanned
    cdef readonly object bytes
    cdef tuple items
    cdef files read

    def __cinit__(self):
        self.candidates = []
        self.matches = []
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
    scan.matches = [
        (
            found.matches.items[i].item, found.matches.items[i].owner, found.matches.items[i].start, found.matches.items[i].end,
            found.matches.items[i].secret_start, found.matches.items[i].secret_end,
        )
        for i in range(found.matches.count)
    ]
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
    literal, caseless, before, after, once = given
    if type(literal) is not bytes or not 1 <= len(literal) <= 255:
        raise ValueError("a literal is 1 to 255 bytes")
    if caseless and any(65 <= byte <= 90 for byte in literal):
        raise ValueError("a caseless literal is written in lower case")
    target.literal = <const uint8_t *>PyBytes_AS_STRING(literal)
    target.length = <uint8_t>PyBytes_GET_SIZE(literal)
    target.caseless = bool(caseless)
    target.once = bool(once)
    if before is not None:
        target.before = dfas + <size_t>numbers[before]
    if after is not None:
        target.after = dfas + <size_t>numbers[after]
    return 0


cdef enum:
    _SHORT = 8192  # bytes that are matched sooner than another thread could take the lock and give it back


@cython.final
cdef class Matcher:
    cdef matcher c
    cdef tuple checks  # their literals are the C matcher's too
    cdef Refusals refusals
    cdef list programs
    cdef readonly object filtered

    def __cinit__(self, checks, candidate_cap: int = 100_000, owners=(), refusals: Refusals | None = None):
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
        self.programs = []
        self.refusals = refusals
        self.assign(tuple(owners))

    def __init__(self, checks, candidate_cap: int = 100_000, owners=(), refusals: Refusals | None = None) -> None:
        pass

    cdef assign(self, tuple owners):
        cdef size_t i
        cdef size_t count = <size_t>len(owners)
        if count == 0:
            return
        if len(owners) != len(self.checks) or any(owner < 0 or not 0 <= part < 64 for owner, part in owners):
            raise ValueError("each check has an owner and is one of its 64 parts at most")
        if any(a[0] > b[0] for a, b in zip(owners, owners[1:])):
            raise ValueError("owners ascend")
        raise_status(confirmer_init(&self.c.confirmer, owners[-1][0] + 1, count))
        for i in range(count):
            confirmer_assign(&self.c.confirmer, i, owners[i][0], owners[i][1])
        if self.refusals is not None:
            self.c.confirmer.refusals = &self.refusals.c

    def equip(self, owner: int, program: Program, before: int, after: int, group: int) -> None:
        program.check_group(group)
        if not 0 <= owner < self.c.confirmer.count:
            raise ValueError("no such owner")
        self.programs.append(program)
        confirmer_equip(&self.c.confirmer, owner, &program.c, before, after, group)

    def __dealloc__(self):
        matcher_free(&self.c)

    def scan(self, items) -> Scan:
        cdef _Pinned pinned = _Pinned(items)
        cdef findings found
        cdef status code
        cdef Scan scan
        try:
            code = findings_init(&found, pinned.count)
            if code == STATUS_OK and pinned.bytes <= _SHORT:
                code = match_texts(&self.c, pinned.texts, pinned.count, &found)
                findings_sort(&found, 0)
            elif code == STATUS_OK:
                with nogil:
                    code = match_texts(&self.c, pinned.texts, pinned.count, &found)
                    findings_sort(&found, 0)
            raise_status(code)
            scan = new_scan(&found)
        finally:
            findings_free(&found)
            pinned.release()
        scan.items = pinned.items
        scan.scanned = pinned.count
        scan.bytes = pinned.bytes
        return scan

    def scan_paths(self, listing: Listing, rooted: bool = False) -> Scan:
        cdef Listing listing_ = listing
        cdef size_t lead = listing_.root - (1 if rooted else 0)  # the root ends with a slash
        cdef size_t i
        cdef size_t count = listing_.c.count
        cdef const listed *entry
        cdef findings found
        cdef status code
        cdef Scan scan
        cdef text *texts = <text *>calloc(count or 1, sizeof(text))
        if texts == NULL:
            raise MemoryError
        try:
            code = findings_init(&found, count)
            if code == STATUS_OK:
                with nogil:
                    for i in range(count):
                        entry = &listing_.c.entries[i]
                        texts[i].bytes = <const uint8_t *>listing_.c.paths.bytes + entry.path + lead
                        texts[i].length = entry.length - lead
                        texts[i].item = <uint32_t>i
                    code = match_texts(&self.c, texts, count, &found)
                    findings_sort(&found, 0)
            raise_status(code)
            scan = new_scan(&found)
        finally:
            free(texts)
            findings_free(&found)
        scan.scanned = count
        return scan

    def scan_files(self, paths: Sequence[bytes] | Listing, max_bytes: int, keep: bool | Sequence[int] = False) -> Scan:
        cdef Listing listed_ = paths if isinstance(paths, Listing) else None
        cdef tuple pinned = () if listed_ is not None else tuple(paths)
        cdef size_t count = listed_.c.count if listed_ is not None else <size_t>len(pinned)
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
            code = files_init(&read, count)
        else:
            files_init(&read, 0)
        try:
            raise_status(code)
            for wanted in range(count) if keep is True else keep or ():
                if not 0 <= wanted < count:
                    raise IndexError("no such file")
                read.wanted[<size_t>wanted] = True
            for i in range(count):
                if listed_ is None:
                    names[i] = c_path(pinned[i])
                else:
                    names[i] = listed_.c.paths.bytes + listed_.c.entries[i].path
            with nogil:
                code = match_files(&self.c, names, most, &read, &found)
                findings_sort(&found, 0)
            raise_status(code)
            scan = new_scan(&found)
            scan.failed = [(i, read.errors[i]) for i in range(count) if read.errors[i]]
            scan.scanned = count - <size_t>len(scan.failed)
            scan.bytes = read.bytes
            scan.read = read
            memset(&read, 0, sizeof(read))
        finally:
            free(names)
            findings_free(&found)
            files_free(&read)
        return scan


cdef const char *c_path(path) except? NULL:
    """NULL for what cannot be a path: it holds a NUL."""
    if type(path) is not bytes:
        raise TypeError("a path is bytes")
    if memchr(PyBytes_AS_STRING(path), 0, <size_t>PyBytes_GET_SIZE(path)) != NULL:
        return NULL
    return PyBytes_AS_STRING(path)
