"""Git's object stream and tar archives taken apart. Included by _core.pyx."""

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


cdef struct whole_file:
    size_t event  # its place in the list of events
    char *target
    const uint8_t *start
    size_t length
    uint64_t digest


@cython.final
cdef class TarWalker:
    cdef tar_walker c
    cdef size_t most
    cdef bint digests
    cdef readonly object behind
    cdef whole_file *files
    cdef size_t count
    cdef size_t room

    def __cinit__(self, whole: int = -1, digests: bool = False):
        tar_init(&self.c)
        self.most = 0 if whole < 0 else <size_t>whole + 1
        self.digests = digests
        self.behind = 0

    def __init__(self, whole: int = -1, digests: bool = False) -> None:
        pass

    def __dealloc__(self):
        tar_free(&self.c)
        free(self.files)

    def feed(self, data) -> list[TarMember | memoryview | TarFile | None]:
        cdef object seen = memoryview(data).cast("B")
        cdef _View view = _View(data)
        cdef const uint8_t *start = <const uint8_t *>view.buffer.buf
        cdef list events = []
        cdef list contents = []
        cdef size_t used = 0
        cdef size_t behind = 0
        cdef bint opened = False  # the last event is a member, of whose data nothing has come
        cdef bint ended = False  # what comes next is the end of a file that was given whole
        cdef tar_event event
        self.count = 0
        while True:
            event = tar_next(&self.c, start, <size_t>view.buffer.len, &used)
            if event == TAR_MEMBER:
                events.append(tuple.__new__(TarMember, (
                    name_bytes(&self.c.name), name_bytes(&self.c.link), PyBytes_FromStringAndSize(<char *>&self.c.type, 1),
                    self.c.size, self.c.mode,
                )))
                opened = True
            elif event == TAR_DATA:
                behind = self.c.data_end
                if opened and self.is_whole(self.c.data_end - self.c.data_start):
                    self.note_whole(events, contents, start + self.c.data_start, self.c.data_end - self.c.data_start)
                    ended = True
                else:
                    events.append(seen[self.c.data_start:self.c.data_end])
                opened = False
            elif event == TAR_END:
                if ended:
                    ended = False
                elif opened and self.is_whole(0):
                    self.note_whole(events, contents, start, 0)
                else:
                    events.append(None)
                opened = False
            elif event == TAR_NO_MEMORY:
                raise MemoryError
            elif event == TAR_MORE or events:
                self.behind = behind
                self.copy_whole(events, contents)
                return events
            else:
                raise ValueError(self.c.problem.decode())

    cdef bint is_whole(self, size_t length):
        return self.most > length and self.c.size >= 0 and <size_t>self.c.size == length

    cdef note_whole(self, list events, list contents, const uint8_t *start, size_t length):
        cdef void *grown
        if self.count == self.room:
            grown = realloc(self.files, (self.room * 2 + 64) * sizeof(whole_file))
            if grown == NULL:
                raise MemoryError
            self.files = <whole_file *>grown
            self.room = self.room * 2 + 64
        contents.append(PyBytes_FromStringAndSize(NULL, <Py_ssize_t>length))
        self.files[self.count] = whole_file(
            event=<size_t>len(events) - 1, target=PyBytes_AS_STRING(contents[-1]), start=start, length=length, digest=0)
        self.count += 1

    cdef copy_whole(self, list events, list contents):
        """Fill the contents that note_whole() made room for, others running meanwhile, and set them into the events."""
        cdef size_t i
        cdef whole_file *file
        with nogil:
            for i in range(self.count):
                file = &self.files[i]
                memcpy(file.target, file.start, file.length)
                if self.digests:
                    file.digest = digest_of(&process_key, file.start, file.length)
        for i in range(self.count):
            file = &self.files[i]
            events[file.event] = tuple.__new__(TarFile, (events[file.event], contents[i], file.digest))

    def remarks(self) -> bytes:
        cdef bytes said = name_bytes(&self.c.remarks)
        self.c.remarks.length = 0
        return said

    def close(self) -> str | None:
        cdef const char *problem = tar_close(&self.c)
        return None if problem == NULL else problem.decode()
