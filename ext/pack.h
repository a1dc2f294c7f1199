/* A git pack and its index, mapped: which objects it has, where, and which are made from which (gitformat-pack). Everything in it may be a lie. */
#ifndef SECRETSCAN_PACK_H
#define SECRETSCAN_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum pack_kind { KIND_NONE = 0, KIND_COMMIT = 1, KIND_TREE = 2, KIND_BLOB = 3, KIND_TAG = 4 };

#define NO_ENTRY UINT32_MAX

/* An object as it lies in the pack. Entries stand by offset. */
struct pack_entry {
    uint64_t offset;
    uint32_t name;    /* its number in the index, which is in the order of ids */
    uint32_t base;    /* the entry that it is made from */
    uint32_t child;   /* the first of those made from it; the one with most below it comes last */
    uint32_t sibling; /* the next one with the same base */
    uint32_t below;   /* how many entries are made from it, directly or not, itself among them; 0: it is made from nothing that is there */
    uint8_t kind;     /* of the object; KIND_NONE if no one can tell */
    bool passed;      /* another pack gave the same object before */
};

struct map {
    const uint8_t *bytes;
    size_t length;
};

struct pack {
    struct map data;
    struct map index;
    size_t id_length; /* bytes */
    size_t count;
    const uint8_t *ids; /* of the first object by number; the next one is `id_stride` bytes on */
    size_t id_stride;
    struct pack_entry *entries;
    uint32_t *roots; /* entries that are made from no other, trees left out */
    size_t root_count;
    size_t unmade; /* entries that are made from nothing that is there */
};

/* Maps both files and reads who is made from whom. STATUS_INVALID if they do not belong together or are no pack; `error` is then errno's, if
   the system said one. Free it whatever was returned. */
enum status pack_open(struct pack *pack, const char *pack_path, const char *index_path, size_t id_length, int *error);
void pack_free(struct pack *pack);

/* Marks what an earlier pack of these gives as passed; in *passed how many. */
enum status packs_pass_repeats(struct pack **packs, size_t count, size_t *passed);

static inline const uint8_t *pack_id(const struct pack *pack, uint32_t name) {
    return pack->ids + (size_t)name * pack->id_stride;
}

/* What is visited after an entry in its family, base first; NO_ENTRY behind the last. */
uint32_t pack_next_below(const struct pack *pack, uint32_t entry);

/* Where the deflated bytes of an entry begin and what they inflate to. */
struct stored {
    const uint8_t *bytes;
    size_t length; /* up to the end of the pack */
    uint64_t size;
    bool delta;
};

/* False if the entry is malformed. */
bool pack_stored(const struct pack *pack, uint32_t entry, struct stored *stored);

#endif
