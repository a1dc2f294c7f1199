"""Git's packs, searched where they lie. Included by _core.pyx."""

INFLATES = inflater_name.decode("ascii")
KINDS = {KIND_COMMIT: "commit", KIND_BLOB: "blob", KIND_TAG: "tag"}


cdef bytes hex_of(const uint8_t *id, size_t length):
    return PyBytes_FromStringAndSize(<const char *>id, <Py_ssize_t>length).hex().encode("ascii")


@cython.final
cdef class Pack:
    cdef pack c

    def __cinit__(self, pack_path, index_path, id_length: int):
        cdef int error = 0
        cdef size_t length = id_length
        cdef status code
        cdef const char *first
        cdef const char *second
        for path in (pack_path, index_path):
            if type(path) is not bytes or b"\0" in path:
                raise ValueError("a path is bytes without NUL")
        if not INFLATES:
            raise ValueError("built without anything that inflates")
        if length not in (20, 32):
            raise ValueError("an id is 20 or 32 bytes")
        first = PyBytes_AS_STRING(pack_path)
        second = PyBytes_AS_STRING(index_path)
        with nogil:
            code = pack_open(&self.c, first, second, length, &error)
        if code == STATUS_INVALID and error:
            raise OSError(error, os.strerror(error), pack_path)
        raise_status(code)

    def __init__(self, pack_path, index_path, id_length: int) -> None:
        pass

    def __dealloc__(self):
        pack_free(&self.c)

    def __len__(self) -> int:
        return self.c.count

    def lots(self, weight: int) -> list[tuple[int, int]]:
        cdef size_t i, first, below, most
        first = below = 0
        most = weight
        found = []
        for i in range(self.c.root_count):
            below += self.c.entries[self.c.roots[i]].below
            if below >= most:
                found.append((first, i + 1))
                first = i + 1
                below = 0
        if first < self.c.root_count:
            found.append((first, self.c.root_count))
        return found

    def ids(self, first: int, last: int) -> list[bytes]:
        cdef size_t i
        cdef size_t low = first
        cdef size_t high = last
        cdef uint32_t at
        if low > high or high > self.c.root_count:
            raise ValueError("no such families")
        found = []
        for i in range(low, high):
            at = self.c.roots[i]
            while at != NO_ENTRY:
                if not self.c.entries[at].passed:
                    found.append(hex_of(pack_id(&self.c, self.c.entries[at].name), self.c.id_length))
                at = pack_next_below(&self.c, at)
        return found

    def unmade(self) -> list[bytes]:
        cdef size_t i
        cdef const pack_entry *entry
        found = []
        if self.c.unmade:
            for i in range(self.c.count):
                entry = &self.c.entries[i]
                if entry.below == 0 and not entry.passed:
                    found.append(hex_of(pack_id(&self.c, entry.name), self.c.id_length))
        return found

    def holds(self, hex_id) -> bool:
        raw = bytes.fromhex(hex_id.decode("ascii"))
        if <size_t>len(raw) != self.c.id_length:
            return False
        return pack_index_find(&self.c, <const uint8_t *>PyBytes_AS_STRING(raw)) != NO_ENTRY


def pass_repeats(packs) -> int:
    cdef tuple pinned = tuple(packs)
    cdef size_t count = <size_t>len(pinned)
    cdef size_t i
    cdef size_t passed = 0
    cdef status code
    cdef pack **given = <pack **>calloc(count or 1, sizeof(pack *))
    if given == NULL:
        raise MemoryError
    try:
        for i in range(count):
            given[i] = &(<Pack?>pinned[i]).c
        with nogil:
            code = packs_pass_repeats(given, count, &passed)
        raise_status(code)
    finally:
        free(given)
    return passed


@cython.final
cdef class Search:
    cdef pack_scan c
    cdef Pack pack
    cdef Matcher matcher
    cdef readonly object texts
    cdef readonly object unread

    def __cinit__(self, pack, matcher, largest: int, all: bool = False):
        cdef size_t most = largest
        self.pack = pack
        self.matcher = matcher
        self.texts = []
        self.unread = []
        raise_status(pack_scan_init(&self.c, &self.pack.c, &self.matcher.c, most, all))

    def __init__(self, pack, matcher, largest: int, all: bool = False) -> None:
        pass

    def __dealloc__(self):
        pack_scan_free(&self.c)

    def begin(self, first: int, last: int) -> None:
        cdef size_t low = first
        cdef size_t high = last
        if low > high or high > self.pack.c.root_count:
            raise ValueError("no such families")
        visitor_begin(&self.c.visitor, low, high)

    def next(self) -> Scan | None:
        cdef status code
        cdef cbool done = False
        cdef size_t i, k
        cdef const given_object *given
        cdef const match *found
        cdef Scan scan
        cdef list items = []
        with nogil:
            code = pack_scan_next(&self.c, &done)
        raise_status(code)
        self.texts = []
        self.unread = []
        scan = Scan.__new__(Scan)
        for i in range(self.c.object_count):
            given = &self.c.objects[i]
            id = hex_of(pack_id(&self.pack.c, given.name), self.pack.c.id_length)
            if given.given_as == GIVEN_UNREAD:
                self.unread.append(id)
                continue
            if given.flags:
                scan.flags.append((len(items), given.flags))
            for k in range(given.first, given.last):
                scan.candidates.append((len(items), self.c.found.candidates[k].check, self.c.found.candidates[k].offset))
            for k in range(given.first_match, given.last_match):
                found = &self.c.found.matches.items[k]
                scan.matches.append((len(items), found.owner, found.start, found.end, found.secret_start, found.secret_end))
            items.append(PyBytes_FromStringAndSize(<const char *>self.c.bytes + given.start, <Py_ssize_t>given.length))
            self.texts.append((KINDS[given.kind], id, given.given_as == GIVEN_LFS))
        scan.items = tuple(items)
        scan.scanned = self.c.scanned
        scan.bytes = self.c.scanned_bytes
        return None if done and not scan.scanned and not self.unread else scan
