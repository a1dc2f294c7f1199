#include "tar.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "pax.h"
#include "tar_header.h"

/* As Go's archive/tar: nobody's real extended header is longer, and a hostile one must not fill the memory. */
#define EXTENDED_MAX ((int64_t)1 << 20)

enum step {
    STEP_HEADER,
    STEP_EXTENDED, /* gathering a pax header or a GNU long name */
    STEP_SPARSE,   /* old GNU sparse maps that go on in blocks of their own */
    STEP_START,    /* a member was given, its data comes next */
    STEP_DATA,
    STEP_PADDING,
    STEP_LYING, /* a member without a believable size was given: its end, then the problem */
    STEP_BROKEN,
};

void tar_init(struct tar_walker *walker) {
    *walker = (struct tar_walker){.step = STEP_HEADER};
}

void tar_free(struct tar_walker *walker) {
    struct tar_name *names[] = {
        &walker->gathered, &walker->pax_path, &walker->pax_link, &walker->gnu_path, &walker->gnu_link, &walker->remarks, &walker->name,
        &walker->link};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        free(names[i]->bytes);
    }
    tar_init(walker);
}

static enum tar_event broken(struct tar_walker *walker, const char *problem) {
    walker->step = STEP_BROKEN;
    walker->problem = problem;
    return TAR_MALFORMED;
}

static bool append(struct tar_name *name, const uint8_t *bytes, size_t length) {
    if (length == 0) {
        return true;
    }
    if (length > SIZE_MAX - name->length ||
        grow_array((void **)&name->bytes, &name->room, name->length + length, 1) != STATUS_OK) {
        return false;
    }
    memcpy(name->bytes + name->length, bytes, length);
    name->length += length;
    return true;
}

static bool set_name(struct tar_name *name, const uint8_t *bytes, size_t length) {
    name->length = 0;
    name->set = true;
    return append(name, bytes, length);
}

/* A record that says more than names and numbers. */
static bool remark_record(struct tar_walker *walker, const struct pax_record *record) {
    bool number = true;
    for (size_t i = 0; i < record->value_length && number; i++) {
        number = (record->value[i] >= '0' && record->value[i] <= '9') || record->value[i] == '.' || record->value[i] == ',';
    }
    size_t length = (size_t)(record->value + record->value_length - record->key);
    if (number || length < TAR_REMARK) {
        return true;
    }
    return append(&walker->remarks, record->key, length) && append(&walker->remarks, (const uint8_t *)"\n", 1);
}

/* Padding is zeros; of other bytes that are many enough somebody means something. */
static bool remark_padding(struct tar_walker *walker, const uint8_t *bytes, size_t length) {
    if (length < TAR_REMARK || tar_bytes_are_zero(bytes, length)) {
        return true;
    }
    return append(&walker->remarks, bytes, length) && append(&walker->remarks, (const uint8_t *)"\n", 1);
}

static void set_span(struct tar_walker *walker, uint64_t size) {
    walker->remaining = size;
    walker->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

/* Gathers one block from the data; a whole one is used where it lies. NULL: more is needed. */
static const uint8_t *take_block(struct tar_walker *walker, const uint8_t *data, size_t length, size_t *used) {
    if (walker->filled == 0 && length - *used >= TAR_BLOCK) {
        *used += TAR_BLOCK;
        return data + *used - TAR_BLOCK;
    }
    size_t part = min_size(TAR_BLOCK - walker->filled, length - *used);
    if (part > 0) {
        memcpy(walker->block + walker->filled, data + *used, part);
    }
    walker->filled += part;
    *used += part;
    if (walker->filled < TAR_BLOCK) {
        return NULL;
    }
    walker->filled = 0;
    return walker->block;
}

/* What the extended headers before it say wins over the header's own fields. */
static bool name_member(struct tar_walker *walker, const uint8_t *block) {
    uint8_t own[TAR_NAME_MAX];
    size_t length = tar_header_name(block, own);
    const struct tar_name *path = walker->gnu_path.set ? &walker->gnu_path : walker->pax_path.set ? &walker->pax_path : NULL;
    const struct tar_name *link = walker->gnu_link.set ? &walker->gnu_link : walker->pax_link.set ? &walker->pax_link : NULL;
    bool named = path ? set_name(&walker->name, path->bytes, path->length) : set_name(&walker->name, own, length);
    length = tar_header_link(block, own);
    return named && (link ? set_name(&walker->link, link->bytes, link->length) : set_name(&walker->link, own, length));
}

static void forget_extended(struct tar_walker *walker) {
    walker->pax_path.set = walker->pax_link.set = walker->gnu_path.set = walker->gnu_link.set = false;
    walker->pax_has_size = false;
    walker->pending = false;
}

static enum tar_event start_extended(struct tar_walker *walker, int64_t size) {
    if (size < 0 || size > EXTENDED_MAX) {
        return broken(walker, size < 0 ? "extended header with a negative size" : "extended header over 1 MiB");
    }
    walker->gathered.length = 0;
    walker->pending = walker->pending || walker->extended != 'g';
    set_span(walker, (uint64_t)size);
    walker->step = STEP_EXTENDED;
    return TAR_MORE;
}

static enum tar_event start_member(struct tar_walker *walker, const uint8_t *block, int64_t size) {
    if (!name_member(walker, block)) {
        return TAR_NO_MEMORY;
    }
    walker->size = walker->pax_has_size ? walker->pax_size : size;
    if (tar_type_is_bare(walker->type)) {
        walker->size = 0;
    }
    walker->mode = tar_header_mode(block);
    bool sparse_goes_on = walker->type == 'S' && tar_header_sparse_goes_on(block);
    walker->type = tar_plain_type(walker->type, &walker->name, walker->size);
    forget_extended(walker);
    if (walker->size < 0) {
        walker->step = STEP_LYING;
        return TAR_MEMBER;
    }
    set_span(walker, (uint64_t)walker->size);
    if (sparse_goes_on) {
        walker->step = STEP_SPARSE;
        return TAR_MORE;
    }
    walker->step = STEP_START;
    return TAR_MEMBER;
}

static enum tar_event take_header(struct tar_walker *walker, const uint8_t *block) {
    if (tar_block_is_zero(block)) {
        if (walker->pending) {
            return broken(walker, "extended header without a member");
        }
        walker->zero_blocks = walker->zero_blocks < 2 ? walker->zero_blocks + 1 : 2;
        return TAR_MORE;
    }
    if (!tar_checksum_holds(block)) {
        return broken(walker, walker->zero_blocks ? "data after the end blocks" : "bad header checksum");
    }
    walker->zero_blocks = 0;
    walker->type = tar_header_type(block);
    int64_t size = tar_header_size(block);
    switch (walker->type) {
        case 'x':
        case 'X': /* Solaris */
        case 'g':
        case 'L':
        case 'K':
            walker->extended = walker->type;
            return start_extended(walker, size);
        default:
            return start_member(walker, block, size);
    }
}

static enum tar_event end_extended(struct tar_walker *walker) {
    const struct tar_name *gathered = &walker->gathered;
    if (walker->extended == 'L' || walker->extended == 'K') {
        const uint8_t *end = gathered->length ? memchr(gathered->bytes, 0, gathered->length) : NULL;
        size_t length = end ? (size_t)(end - gathered->bytes) : gathered->length;
        struct tar_name *name = walker->extended == 'L' ? &walker->gnu_path : &walker->gnu_link;
        return set_name(name, gathered->bytes, length) ? TAR_MORE : TAR_NO_MEMORY;
    }
    struct pax_reader reader = {gathered->bytes, gathered->length, 0};
    struct pax_record record;
    enum pax_result result;
    bool has_sparse_name = false;
    while ((result = pax_next(&reader, &record)) == PAX_RECORD) {
        if (pax_key_is(&record, "size")) {
            if (walker->extended == 'g') {
                return broken(walker, "global header that sets a size"); /* readers differ on it: a place to hide */
            }
            walker->pax_has_size = true;
            walker->pax_size = pax_decimal(&record);
        }
        if (walker->extended == 'g') {
            if (!remark_record(walker, &record)) {
                return TAR_NO_MEMORY;
            }
            continue;
        }
        bool sparse_name = pax_key_is(&record, "GNU.sparse.name");
        struct tar_name *name = sparse_name || (pax_key_is(&record, "path") && !has_sparse_name) ? &walker->pax_path
                                : pax_key_is(&record, "linkpath")                                ? &walker->pax_link
                                                                                                 : NULL;
        has_sparse_name = has_sparse_name || sparse_name;
        if (!(name == NULL ? remark_record(walker, &record) : set_name(name, record.value, record.value_length))) {
            return TAR_NO_MEMORY;
        }
    }
    return result == PAX_MALFORMED ? broken(walker, "bad pax record") : TAR_MORE;
}

static enum tar_event gather_extended(struct tar_walker *walker, const uint8_t *data, size_t length, size_t *used) {
    size_t part = (size_t)(walker->remaining < length - *used ? walker->remaining : length - *used);
    if (!append(&walker->gathered, data + *used, part)) {
        return TAR_NO_MEMORY;
    }
    *used += part;
    walker->remaining -= part;
    if (walker->remaining > 0) {
        return TAR_MORE;
    }
    walker->step = STEP_PADDING;
    return end_extended(walker);
}

static enum tar_event give_data(struct tar_walker *walker, size_t length, size_t *used) {
    if (walker->remaining == 0) {
        walker->step = walker->padding ? STEP_PADDING : STEP_HEADER;
        return TAR_END;
    }
    if (*used == length) {
        return TAR_MORE;
    }
    size_t part = (size_t)(walker->remaining < length - *used ? walker->remaining : length - *used);
    walker->data_start = *used;
    walker->data_end = *used += part;
    walker->remaining -= part;
    return TAR_DATA;
}

enum tar_event tar_next(struct tar_walker *walker, const uint8_t *data, size_t length, size_t *used) {
    enum tar_event event = TAR_MORE;
    for (;;) {
        const uint8_t *block;
        switch ((enum step)walker->step) {
            case STEP_HEADER:
                if ((block = take_block(walker, data, length, used)) == NULL) {
                    return TAR_MORE;
                }
                event = take_header(walker, block);
                break;
            case STEP_EXTENDED:
                event = gather_extended(walker, data, length, used);
                if (event == TAR_MORE && walker->step == STEP_EXTENDED) {
                    return TAR_MORE;
                }
                break;
            case STEP_SPARSE:
                if ((block = take_block(walker, data, length, used)) == NULL) {
                    return TAR_MORE;
                }
                if (!tar_sparse_block_goes_on(block)) {
                    walker->step = STEP_START;
                    return TAR_MEMBER;
                }
                break;
            case STEP_START:
            case STEP_DATA:
                walker->step = STEP_DATA;
                return give_data(walker, length, used);
            case STEP_PADDING: {
                size_t part = (size_t)(walker->padding < length - *used ? walker->padding : length - *used);
                if (!remark_padding(walker, data + *used, part)) {
                    return TAR_NO_MEMORY;
                }
                *used += part;
                walker->padding -= part;
                if (walker->padding > 0) {
                    return TAR_MORE;
                }
                walker->step = STEP_HEADER;
                break;
            }
            case STEP_LYING:
                broken(walker, "a member's size is no size");
                return TAR_END;
            case STEP_BROKEN:
                return TAR_MALFORMED;
        }
        if (event != TAR_MORE) {
            return event;
        }
    }
}

const char *tar_close(const struct tar_walker *walker) {
    if (walker->step == STEP_BROKEN || walker->step == STEP_LYING) {
        return walker->problem ? walker->problem : "a member's size is no size";
    }
    if (walker->step == STEP_HEADER && !walker->pending) {
        bool rest_of_end = walker->zero_blocks == 2 && tar_bytes_are_zero(walker->block, walker->filled);
        return walker->filled == 0 || rest_of_end ? NULL : "truncated";
    }
    return "truncated";
}
