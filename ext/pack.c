#define _DEFAULT_SOURCE /* POSIX */

#include "pack.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "pack_head.h"
#include "pack_index.h"

#define WINDOW ((size_t)1 << 20) /* bytes in which heads are looked at */

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

/* Base and kind of each entry as its head tells it. One that cannot be read has neither. */
static void link_bases(struct pack *pack, struct pack_file *file) {
    uint32_t count = (uint32_t)pack->count;
    for (uint32_t i = 0; i < count; i++) {
        struct pack_entry *entry = &pack->entries[i];
        uint64_t room = pack_entry_length(pack, i);
        size_t length = room < HEAD_MOST ? (size_t)room : HEAD_MOST;
        const uint8_t *bytes = pack_file_get(file, entry->offset, length, WINDOW);
        struct pack_head head;
        if (bytes == NULL || !pack_head_read(pack, entry->offset, bytes, length, &head)) {
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
    }
    for (uint32_t i = count; i-- > 0;) { /* from the last, so that children stand in the order of the pack */
        struct pack_entry *entry = &pack->entries[i];
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

/* All of an index. What is longer than any index of such a pack is none. */
static enum status read_index(struct pack *pack, const char *path, int *error) {
    struct pack_file file;
    enum status status = pack_file_open(&file, path, error);
    if (status == STATUS_OK) {
        status = file.size / 64 > pack->end + 64 || pack_file_get(&file, 0, (size_t)file.size, 0) == NULL ? STATUS_INVALID : STATUS_OK;
    }
    if (status == STATUS_OK) {
        pack->index = file.bytes;
        pack->index_length = file.length;
        file.bytes = NULL;
    }
    pack_file_close(&file);
    return status == STATUS_OK ? pack_index_read(pack) : status;
}

/* Whether the file is a pack, and the one that the index is of. */
static bool fits(const struct pack *pack, struct pack_file *file) {
    const uint8_t *head = pack_file_get(file, 0, PACK_HEAD, 0);
    if (head == NULL || memcmp(head, "PACK\0\0\0", 7) != 0 || (head[7] != 2 && head[7] != 3) || big32(head + 8) != pack->count) {
        return false;
    }
    const uint8_t *checksum = pack_file_get(file, pack->end, pack->id_length, 0);
    return checksum != NULL && memcmp(checksum, pack->index + pack->index_length - 2 * pack->id_length, pack->id_length) == 0;
}

static enum status read_links(struct pack *pack, struct pack_file *file, const char *index_path, int *error) {
    if (file->size < PACK_HEAD + pack->id_length) {
        return STATUS_INVALID;
    }
    pack->end = file->size - pack->id_length;
    enum status status = read_index(pack, index_path, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!fits(pack, file)) {
        return STATUS_INVALID;
    }
    link_bases(pack, file);
    return weigh(pack);
}

enum status pack_open(struct pack *pack, const char *pack_path, const char *index_path, size_t id_length, int *error) {
    *pack = (struct pack){.id_length = id_length, .path = strdup(pack_path)};
    *error = 0;
    if (pack->path == NULL) {
        return STATUS_NO_MEMORY;
    }
    struct pack_file file;
    enum status status = pack_file_open(&file, pack_path, error);
    if (status == STATUS_OK) {
        status = read_links(pack, &file, index_path, error);
    }
    pack_file_close(&file);
    if (status == STATUS_OK && pack->root_count > 1) {
        sort_roots(pack);
    }
    return status;
}

void pack_reopen(const struct pack *pack, struct pack_file *file) {
    int error;
    if (pack_file_open(file, pack->path, &error) != STATUS_OK || file->size != pack->end + pack->id_length || !fits(pack, file)) {
        pack_file_close(file);
    }
}

void pack_free(struct pack *pack) {
    free(pack->entries);
    free(pack->roots);
    free(pack->index);
    free(pack->path);
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
