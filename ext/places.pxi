"""Folders, git's object stream and tar archives taken apart. Included by _core.pyx."""

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
