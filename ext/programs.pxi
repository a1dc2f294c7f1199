"""Regexes run by the core, and what they matched in vain. Included by _core.pyx before the matcher."""

@cython.final
cdef class Program:
    cdef program c
    cdef trial trial

    def __cinit__(self, encoded: bytes):
        raise_status(program_read(&self.c, <const uint8_t *>PyBytes_AS_STRING(encoded), <size_t>PyBytes_GET_SIZE(encoded)))

    def __init__(self, encoded: bytes) -> None:
        pass

    def __dealloc__(self):
        trial_free(&self.trial)
        program_free(&self.c)

    cdef check_group(self, group: int):
        if not 0 <= 2 * group < self.c.slots:
            raise ValueError("no such group")

    def confirm(self, text: bytes, places: list[int], before: int, after: int, group: int) -> list[tuple[int, int, int, int]] | None:
        cdef size_t count = <size_t>len(places)
        cdef size_t i
        cdef matches found
        cdef uint64_t *given
        cdef found_ code
        self.check_group(group)
        given = <uint64_t *>malloc((count or 1) * sizeof(uint64_t))
        if given == NULL:
            raise MemoryError
        memset(&found, 0, sizeof(found))
        try:
            for i in range(count):
                given[i] = places[i]
            code = confirm_places(
                &self.c, &self.trial, <const uint8_t *>PyBytes_AS_STRING(text), <size_t>PyBytes_GET_SIZE(text), given, count, before, after,
                group, &found)
            if code == FOUND_NO_MEMORY:
                raise MemoryError
            if code != FOUND_NONE:
                return None
            return [
                (found.items[i].start, found.items[i].end, found.items[i].secret_start, found.items[i].secret_end)
                for i in range(found.count)
            ]
        finally:
            free(given)
            free(found.items)


@cython.final
cdef class Refusals:
    cdef refusals c

    def __cinit__(self):
        seed = os.urandom(16)
        raise_status(refusals_init(&self.c, int.from_bytes(seed[:8], "little"), int.from_bytes(seed[8:], "little")))

    def __dealloc__(self):
        refusals_free(&self.c)

    def holds(self, owner: int, match: bytes, at: int) -> bool:
        return refusals_hold(&self.c, owner, <const uint8_t *>PyBytes_AS_STRING(match), <size_t>PyBytes_GET_SIZE(match), at)

    def add(self, owner: int, match: bytes, at: int) -> None:
        refusals_add(&self.c, owner, <const uint8_t *>PyBytes_AS_STRING(match), <size_t>PyBytes_GET_SIZE(match), at)
