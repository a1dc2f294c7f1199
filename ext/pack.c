#define _DEFAULT_SOURCE /* POSIX, and the names of mmap */

#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pack_index.h"

#define PACK_HEAD 12
#define OFFSET_DELTA 6
#define NAMED_DELTA 7

static enum status map_file(struct map *map, const char *path, int *error) {
    *map = (struct map){0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        *error = errno;
        return STATUS_INVALID;
    }
    struct stat state;
    enum status status = STATUS_INVALID;
    if (fstat(file, &state) != 0) {
        *error = errno;
    } else if (S_ISREG(state.st_mode) && state.st_size > 0 && (uint64_t)state.st_size <= SIZE_MAX / 2) {
        void *bytes = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes == MAP_FAILED) {
            *error = errno;
        } else {
            *map = (struct map){bytes, (size_t)state.st_size};
            status = STATUS_OK;
        }
    }
    close(file);
    return status;
}

static void unmap(struct map *map) {
    if (map->bytes != NULL) {
        munmap((void *)map->bytes, map->length);
    }
    *map = (struct map){0};
}

/* What stands before the deflated bytes. Offsets and ids of the base are told, not looked up. */
struct head {
    unsigned type;
    uint64_t size;
    uint64_t back;     /* of an OFFSET_DELTA: so many bytes before this entry */
    const uint8_t *id; /* of a NAMED_DELTA */
    const uint8_t *deflated;
};

static bool read_head(const struct pack *pack, uint64_t offset, struct head *head) {
    const uint8_t *at = pack->data.bytes + offset;
    const uint8_t *end = pack->data.bytes + pack->data.length - pack->id_length;
    if (at >= end) {
        return false;
    }
    uint8_t byte = *at++;
    *head = (struct head){.type = byte >> 4 & 7, .size = byte & 15};
    for (unsigned shift = 4; byte & 0x80; shift += 7) {
        if (at == end || shift > 56) {
            return false;
        }
        byte = *at++;
        head->size |= (uint64_t)(byte & 0x7f) << shift;
    }
    if (head->type == NAMED_DELTA) {
        if ((size_t)(end - at) < pack->id_length) {
            return false;
        }
        head->id = at;
        at += pack->id_length;
    } else if (head->type == OFFSET_DELTA) {
        if (at == end) {
            return false;
        }
        byte = *at++;
        head->back = byte & 0x7f;
        while (byte & 0x80) {
            if (at == end || head->back >> 55) {
                return false;
            }
            byte = *at++;
            head->back = (head->back + 1) << 7 | (byte & 0x7f);
        }
        if (head->back == 0 || head->back > offset) {
            return false;
        }
    }
    head->deflated = at;
    return true;
}

/* The entry that begins at `offset`, among the first `until`. Bases stand near before what is made from them, as a rule. */
static uint32_t entry_at(const struct pack *pack, uint64_t offset, uint32_t until) {
    uint32_t high = until;
    uint32_t step = 1;
    while (high >= step && pack->entries[high - step].offset > offset) {
        high -= step;
        step *= 2;
    }
    uint32_t low = high >= step ? high - step : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (pack->entries[middle].offset == offset) {
            return middle;
        }
        if (pack->entries[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NO_ENTRY;
}

/* Base and kind of each entry as its head tells it. */
static void link_bases(struct pack *pack) {
    uint32_t count = (uint32_t)pack->count;
    for (uint32_t i = count; i-- > 0;) { /* from the last, so that children stand in the order of the pack */
        struct pack_entry *entry = &pack->entries[i];
        struct head head;
        if (!read_head(pack, entry->offset, &head)) {
            continue;
        }
        if (head.type == OFFSET_DELTA) {
            entry->base = entry_at(pack, entry->offset - head.back, i);
        } else if (head.type == NAMED_DELTA) {
            uint32_t name = pack_index_find(pack, head.id);
            entry->base = name == NO_ENTRY ? NO_ENTRY : entry_at(pack, pack_index_offset(pack, name), count);
        } else if (head.type >= KIND_COMMIT && head.type <= KIND_TAG) {
            entry->kind = (uint8_t)head.type;
        }
        if (entry->base != NO_ENTRY) {
            entry->sibling = pack->entries[entry->base].child;
            pack->entries[entry->base].child = i;
        }
    }
}

/* Puts the child with most below it last: when it is visited its base can be let go, so few are held at a time. */
static void heaviest_last(struct pack *pack, struct pack_entry *entry) {
    uint32_t heaviest = NO_ENTRY;
    uint32_t last = NO_ENTRY;
    for (uint32_t child = entry->child; child != NO_ENTRY; child = pack->entries[child].sibling) {
        if (heaviest == NO_ENTRY || pack->entries[child].below > pack->entries[heaviest].below) {
            heaviest = child;
        }
        last = child;
    }
    if (heaviest == last) {
        return;
    }
    uint32_t *link = &entry->child;
    while (*link != heaviest) {
        link = &pack->entries[*link].sibling;
    }
    *link = pack->entries[heaviest].sibling;
    pack->entries[heaviest].sibling = NO_ENTRY;
    pack->entries[last].sibling = heaviest;
}

/* From the roots on: kinds are handed down, and what is below each is counted. Nothing leads to entries that are made from each other. */
static enum status weigh(struct pack *pack) {
    uint32_t *order = malloc((pack->count ? pack->count : 1) * sizeof *order);
    if (order == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t made = 0;
    for (uint32_t i = 0; i < pack->count; i++) {
        if (pack->entries[i].kind != KIND_NONE) {
            order[made++] = i;
            pack->root_count += pack->entries[i].kind != KIND_TREE;
        }
    }
    pack->roots = malloc((pack->root_count ? pack->root_count : 1) * sizeof *pack->roots);
    if (pack->roots == NULL) {
        free(order);
        return STATUS_NO_MEMORY;
    }
    size_t roots = made;
    for (size_t i = 0, k = 0; i < roots; i++) {
        if (pack->entries[order[i]].kind != KIND_TREE) {
            pack->roots[k++] = order[i];
        }
    }
    for (size_t i = 0; i < made; i++) {
        const struct pack_entry *entry = &pack->entries[order[i]];
        for (uint32_t child = entry->child; child != NO_ENTRY; child = pack->entries[child].sibling) {
            pack->entries[child].kind = entry->kind;
            order[made++] = child;
        }
    }
    for (size_t i = made; i-- > 0;) {
        struct pack_entry *entry = &pack->entries[order[i]];
        entry->below++;
        heaviest_last(pack, entry);
        if (entry->base != NO_ENTRY) {
            pack->entries[entry->base].below += entry->below;
        }
    }
    pack->unmade = pack->count - made;
    free(order);
    return STATUS_OK;
}

static int compare_keys(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The largest families first, those of one size by offset: whoever shares them out ends with small ones. */
static void sort_roots(struct pack *pack) {
    size_t many = 0;
    for (size_t i = 0; i < pack->root_count; i++) {
        many += pack->entries[pack->roots[i]].below > 1;
    }
    uint64_t *keys = malloc((many ? many : 1) * sizeof *keys);
    if (keys == NULL) {
        return; /* it is only for speed */
    }
    size_t single = pack->root_count;
    size_t family = many;
    for (size_t i = pack->root_count; i-- > 0;) {
        uint32_t root = pack->roots[i];
        if (pack->entries[root].below > 1) {
            keys[--family] = (uint64_t)(UINT32_MAX - pack->entries[root].below) << 32 | root;
        } else {
            pack->roots[--single] = root;
        }
    }
    qsort(keys, many, sizeof *keys, compare_keys);
    for (size_t i = 0; i < many; i++) {
        pack->roots[i] = (uint32_t)keys[i];
    }
    free(keys);
}

enum status pack_open(struct pack *pack, const char *pack_path, const char *index_path, size_t id_length, int *error) {
    *pack = (struct pack){.id_length = id_length};
    *error = 0;
    enum status status = map_file(&pack->data, pack_path, error);
    if (status == STATUS_OK) {
        status = map_file(&pack->index, index_path, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    const uint8_t *head = pack->data.bytes;
    if (pack->data.length < PACK_HEAD + id_length || memcmp(head, "PACK\0\0\0", 7) != 0 || (head[7] != 2 && head[7] != 3)) {
        return STATUS_INVALID;
    }
    status = pack_index_read(pack);
    if (status != STATUS_OK) {
        return status;
    }
    link_bases(pack);
    status = weigh(pack);
    if (status == STATUS_OK && pack->root_count > 1) {
        sort_roots(pack);
    }
    return status;
}

void pack_free(struct pack *pack) {
    free(pack->entries);
    free(pack->roots);
    unmap(&pack->data);
    unmap(&pack->index);
    *pack = (struct pack){0};
}

uint32_t pack_next_below(const struct pack *pack, uint32_t entry) {
    if (pack->entries[entry].child != NO_ENTRY) {
        return pack->entries[entry].child;
    }
    while (entry != NO_ENTRY && pack->entries[entry].sibling == NO_ENTRY) {
        entry = pack->entries[entry].base;
    }
    return entry == NO_ENTRY ? NO_ENTRY : pack->entries[entry].sibling;
}

bool pack_stored(const struct pack *pack, uint32_t entry, struct stored *stored) {
    struct head head;
    if (!read_head(pack, pack->entries[entry].offset, &head)) {
        return false;
    }
    const uint8_t *end = pack->data.bytes + pack->data.length - pack->id_length;
    bool delta = head.type == OFFSET_DELTA || head.type == NAMED_DELTA;
    *stored = (struct stored){head.deflated, (size_t)(end - head.deflated), head.size, delta};
    return true;
}

/* Where an object was seen first. */
struct seen {
    uint32_t pack; /* 1 + its number; 0: an empty place */
    uint32_t name;
};

/* Of the whole id: an index that is made up may hold ids that differ in a few bits only. */
static uint64_t place_of(const uint8_t *id, size_t length, uint64_t salt) {
    uint64_t hash = salt;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t word;
        memcpy(&word, id + i, sizeof word);
        hash = (hash ^ word) * salt;
        hash ^= hash >> 29;
    }
    return hash * salt;
}

enum status packs_pass_repeats(struct pack **packs, size_t count, size_t *passed) {
    *passed = 0;
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += packs[i]->count;
    }
    size_t places = 16;
    unsigned shift = 60;
    while (places < 2 * total) {
        places *= 2;
        shift--;
    }
    struct seen *seen = count > 1 ? calloc(places, sizeof *seen) : NULL;
    if (count <= 1) {
        return STATUS_OK;
    }
    if (seen == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint64_t salt = (uint64_t)(uintptr_t)seen * UINT64_C(0x9e3779b97f4a7c15) | 1; /* where the system put it nobody can tell in advance */
    for (size_t i = 0; i < count; i++) {
        struct pack *pack = packs[i];
        for (size_t k = 0; k < pack->count; k++) {
            const uint8_t *id = pack_id(pack, pack->entries[k].name);
            size_t place = place_of(id, pack->id_length, salt) >> shift;
            while (seen[place].pack && memcmp(pack_id(packs[seen[place].pack - 1], seen[place].name), id, pack->id_length) != 0) {
                place = (place + 1) & (places - 1);
            }
            if (seen[place].pack) {
                pack->entries[k].passed = true;
                ++*passed;
            } else {
                seen[place] = (struct seen){(uint32_t)i + 1, pack->entries[k].name};
            }
        }
    }
    free(seen);
    return STATUS_OK;
}
