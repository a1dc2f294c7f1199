"""Regexes run by the core. Included by _core.pyx."""

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
