"""Trees of files. Included by _core.pyx before the matcher."""

@cython.final
cdef class Listing:
    cdef listing c
    cdef size_t root

    def __dealloc__(self):
        listing_free(&self.c)

    def __len__(self) -> int:
        return self.c.count

    @property
    def bytes(self) -> int:
        return self.c.bytes

    cdef const listed *entry(self, item) except NULL:
        if not 0 <= item < self.c.count:
            raise IndexError("no such file")
        return &self.c.entries[<size_t>item]

    def path(self, item: int) -> bytes:
        cdef const listed *entry = self.entry(item)
        return below_root(&self.c, entry, self.root)

    def full(self, item: int) -> bytes:
        cdef const listed *entry = self.entry(item)
        return PyBytes_FromStringAndSize(self.c.paths.bytes + entry.path, <Py_ssize_t>entry.length)

    def size(self, item: int) -> int:
        return self.entry(item).size


cdef bytes below_root(const listing *from_, const listed *entry, size_t root):
    """The root itself is a dot."""
    if entry.length <= root:
        return b"."
    return PyBytes_FromStringAndSize(from_.paths.bytes + entry.path + root, <Py_ssize_t>(entry.length - root))


@cython.final
cdef class Walk:
    cdef walk c

    def __cinit__(self, root: bytes):
        if memchr(PyBytes_AS_STRING(root), 0, <size_t>PyBytes_GET_SIZE(root)) != NULL:
            raise ValueError("a path has no NUL")
        bare = root.rstrip(b"/")
        raise_status(walk_init(&self.c, PyBytes_AS_STRING(bare), <size_t>PyBytes_GET_SIZE(bare)))

    def __init__(self, root: bytes) -> None:
        pass

    def __dealloc__(self):
        walk_free(&self.c)

    def push(self, folder: bytes) -> None:
        raise_status(walk_push(&self.c, PyBytes_AS_STRING(folder), <size_t>PyBytes_GET_SIZE(folder)))

    def next(
        self, largest: int, files: int, size: int, descend: bool
    ) -> tuple[Listing, list[tuple[bytes, int, int]]] | None:
        cdef listing rest
        cdef measure measure
        cdef size_t i
        cdef status code
        cdef Listing found = Listing.__new__(Listing)
        if self.c.count == 0:
            return None
        memset(&rest, 0, sizeof(rest))
        found.root = self.c.root_length + 1
        measure.largest, measure.files, measure.bytes, measure.folders, measure.descend = largest, files, size, 1024, descend
        try:
            with nogil:
                code = walk_next(&self.c, &measure, &found.c, &rest)
            raise_status(code)
            return found, [
                (
                    below_root(&rest, &rest.entries[i], found.root),
                    rest.entries[i].mode if not rest.entries[i].error else -rest.entries[i].error,
                    rest.entries[i].size,
                )
                for i in range(rest.count)
            ]
        finally:
            listing_free(&rest)
