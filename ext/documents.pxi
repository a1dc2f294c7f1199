"""Documents: YAML and JSON to trees of nodes with their places. Included by _core.pyx."""


@cython.final
@cython.no_gc
@cython.freelist(64)
cdef class Scalar:
    cdef readonly str value
    cdef readonly Py_ssize_t start
    cdef readonly Py_ssize_t end
    cdef readonly str style
    cdef readonly Py_ssize_t at

    def __init__(self, str value, Py_ssize_t start, Py_ssize_t end, str style, Py_ssize_t at = -1):
        self.value = value
        self.start = start
        self.end = end
        self.style = style
        self.at = at


@cython.final
cdef class Map:
    cdef readonly Py_ssize_t start
    cdef public Py_ssize_t end
    cdef readonly list entries

    def __init__(self, Py_ssize_t start):
        self.start = start
        self.end = start
        self.entries = []

    cpdef get(self, str key):
        cdef tuple entry
        for entry in self.entries:
            if <str>entry[0] == key:
                return entry[1]
        return None

    cpdef str text(self, str key):
        cdef object node = self.get(key)
        return (<Scalar>node).value if type(node) is Scalar else ""


@cython.final
cdef class Seq:
    cdef readonly Py_ssize_t start
    cdef public Py_ssize_t end
    cdef readonly list items

    def __init__(self, Py_ssize_t start):
        self.start = start
        self.end = start
        self.items = []


cdef dict _STYLES = {0: "", 34: '"', 39: "'", 124: "|", 62: ">"}

cdef enum:
    _KEYS = 1021
    _KEY = 40  # bytes

cdef list _known = [""] * _KEYS


@cython.final
cdef class Tree:
    """The nodes as C has them. Objects are made of them when they are asked for."""

    cdef tree c
    cdef bytes content
    cdef readonly str problem

    def __cinit__(self):
        tree_init(&self.c)
        self.content = b""
        self.problem = ""

    def __dealloc__(self):
        tree_free(&self.c)

    cdef str string(self, const string_ *given):
        cdef const char *start = PyBytes_AS_STRING(self.content) + given.at
        cdef str text
        if given.place == PLACE_MADE:
            start = <const char *>(self.c.made + given.at)
        text = PyUnicode_DecodeUTF8(start, given.length, "replace")
        if given.place == PLACE_ESCAPED:
            try:
                from json import loads  # late: not every scan meets an escape that needs it, and every start would pay

                return loads(f'"{text}"', strict=False)
            except ValueError:
                pass
        return text

    cdef str key(self, const string_ *given):
        """A key as a string that is made once and known again: few keys are on their own."""
        cdef const char *start
        cdef uint32_t slot
        cdef object known
        if given.place != PLACE_TEXT or given.length == 0 or given.length > _KEY:
            return self.string(given)
        start = PyBytes_AS_STRING(self.content) + given.at
        slot = (given.length * 31 + <uint8_t>start[0] * 7 + <uint8_t>start[given.length - 1] * 3 + <uint8_t>start[given.length >> 1]) % _KEYS
        known = _known[slot]
        if PyUnicode_GET_LENGTH(known) == given.length and memcmp(PyUnicode_DATA(known), start, given.length) == 0:
            return known
        known = self.string(given)
        if PyUnicode_KIND(known) == 1 and PyUnicode_GET_LENGTH(known) == given.length:  # ASCII
            _known[slot] = known
        return known

    cdef object build(self, size_t number, bint listing):
        """The object of a node. `listing`: without the items that stand for themselves."""
        cdef node *found = self.c.nodes + number
        cdef size_t child = number + 1
        cdef size_t end = found.next
        cdef Scalar scalar
        cdef Map map
        cdef Seq seq
        if found.type == NODE_SCALAR:
            scalar = Scalar.__new__(Scalar)
            scalar.value = self.string(&found.value)
            scalar.start = found.start
            scalar.end = found.end
            scalar.style = <str>_STYLES[found.style]
            scalar.at = found.value.at if found.value.place == PLACE_TEXT else -1
            return scalar
        if found.type == NODE_MAP:
            map = Map.__new__(Map)
            map.start = found.start
            map.end = found.end
            map.entries = []
            while child < end:
                map.entries.append((self.key(&self.c.nodes[child].key), self.build(child, listing and self.is_items(child))))
                child = self.c.nodes[child].next
            return map
        seq = Seq.__new__(Seq)
        seq.start = found.start
        seq.end = found.end
        seq.items = []
        while child < end:
            if not (listing and self.stands_alone(child)):
                seq.items.append(self.build(child, False))
            child = self.c.nodes[child].next
        return seq

    cdef bint is_key(self, size_t number, const char *name, size_t length):
        cdef string_ *given = &self.c.nodes[number].key
        return given.place == PLACE_TEXT and given.length == length and memcmp(PyBytes_AS_STRING(self.content) + given.at, name, length) == 0

    cdef bint is_items(self, size_t number):
        return self.c.nodes[number].type == NODE_SEQ and self.is_key(number, b"items", 5)

    cdef bint stands_alone(self, size_t number):
        """Whether an item of a list is an object and need not be held until the list ends."""
        cdef size_t child = number + 1
        cdef size_t end = self.c.nodes[number].next
        cdef bint version = False, kind = False
        if self.c.nodes[number].type != NODE_MAP:
            return False
        while child < end:
            version = version or self.is_key(child, b"apiVersion", 10)
            kind = kind or self.is_key(child, b"kind", 4)
            child = self.c.nodes[child].next
        return version and kind

    def nodes(self):
        cdef size_t root = 0, held, item, end
        cdef list listed
        while root < self.c.count:
            listed = []
            end = self.c.nodes[root].next or self.c.count
            if self.c.nodes[root].type == NODE_SEQ:
                listed.append(root)
            elif self.c.nodes[root].type == NODE_MAP:
                held = root + 1
                while held < end:
                    if self.is_items(held):
                        listed.append(held)
                    held = self.c.nodes[held].next or end
            for held in listed:
                item = held + 1
                end = self.c.nodes[held].next or self.c.count
                while item < end:
                    if self.c.nodes[item].next and self.stands_alone(item):
                        yield self.build(item, False)
                    item = self.c.nodes[item].next or end
            if not self.c.nodes[root].next:
                return
            yield self.build(root, True)
            root = self.c.nodes[root].next


def read_json(bytes content not None, *, size_t depth, size_t events) -> Tree:
    cdef Tree made = Tree()
    cdef limits_ limits
    cdef size_t at = 0
    cdef reading result
    cdef const uint8_t *text = <const uint8_t *>PyBytes_AS_STRING(content)
    cdef size_t length = <size_t>PyBytes_GET_SIZE(content)
    made.content = content
    limits.depth = depth
    limits.events = events
    if length <= _SHORT:
        result = json_read(&made.c, text, length, limits, &at)
    else:
        with nogil:
            result = json_read(&made.c, text, length, limits, &at)
    if result == READING_FAILED:
        raise MemoryError
    if result == READING_BROKEN:
        made.problem = f"not JSON after byte {at}" if at < length else "JSON that ends too early"
    elif result == READING_EARLY:
        made.problem = f"not JSON before byte {at}"
    elif result == READING_DEEP:
        made.problem = f"nested more than {depth} deep"
    elif result == READING_LONG:
        made.problem = f"more than {events} values"
    return made


def read_yaml(bytes content not None, *, size_t depth, size_t events) -> Tree | None:
    cdef Tree made = Tree()
    cdef limits_ limits
    cdef reading result
    cdef const uint8_t *text = <const uint8_t *>PyBytes_AS_STRING(content)
    cdef size_t length = <size_t>PyBytes_GET_SIZE(content)
    made.content = content
    limits.depth = depth
    limits.events = events
    if length <= _SHORT:
        result = yaml_read(&made.c, text, length, limits)
    else:
        with nogil:
            result = yaml_read(&made.c, text, length, limits)
    if result == READING_FAILED:
        raise MemoryError
    return made if result == READING_WHOLE else None


def blank_actions(bytes content not None) -> bytes | None:
    cdef const uint8_t *text = <const uint8_t *>PyBytes_AS_STRING(content)
    cdef size_t length = <size_t>PyBytes_GET_SIZE(content)
    cdef bytes out
    if not has_bare_actions(text, length):
        return None
    out = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>length)
    raise_status(c_blank_actions(text, length, <uint8_t *>PyBytes_AS_STRING(out)))
    return out


@cython.final
cdef class ItemsWalk:
    cdef items_walk c

    @property
    def at(self) -> int:
        return self.c.at

    @property
    def cut(self) -> int:
        return self.c.cut

    def next(self, held, enough: int) -> str:
        cdef _View view = _View(held)
        cdef size_t least = enough
        cdef items_event event
        with nogil:
            event = items_next(&self.c, <const uint8_t *>view.buffer.buf, <size_t>view.buffer.len, least)
        return "begin" if event == ITEMS_BEGIN else "cut" if event == ITEMS_CUT else "end" if event == ITEMS_END else "more"

    def drop(self, size: int) -> None:
        if size < 0 or size > self.c.at:
            raise ValueError("only what was read can be dropped")
        self.c.at -= <size_t>size
        self.c.cut = 0
