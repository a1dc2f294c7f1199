/* A git pack and its index: which objects it has, where, and which are made from which (gitformat-pack). Everything in it may be a lie. */
#ifndef SECRETSCAN_PACK_H
#define SECRETSCAN_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack_file.h"
#include "status.h"

enum pack_kind { KIND_NONE = 0, KIND_COMMIT = 1, KIND_TREE = 2, KIND_BLOB = 3, KIND_TAG = 4 };

#define NO_ENTRY UINT32_MAX
#define PACK_HEAD 12 /* bytes before the first object */
#define ID_MOST 32   /* bytes */

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

struct pack {
    char *path;
    uint64_t end; /* of the objects: where the checksum begins */
    uint8_t *index;
    size_t index_length;
    size_t id_length; /* bytes */
    size_t count;
    const uint8_t *ids; /* of the first object by number; the next one is `id_stride` bytes on */
    size_t id_stride;
    struct pack_entry *entries;
    uint32_t *roots; /* entries that are made from no other, trees left out */
    size_t root_count;
    size_t unmade; /* entries that are made from nothing that is there */
};

/* Reads the index, and of the pack who is made from whom. STATUS_INVALID if they do not belong together or are no pack; `error` is then errno's, if
   the system said one. Free it whatever was returned. */
enum status pack_open(struct pack *pack, const char *pack_path, const char *index_path, size_t id_length, int *error);
void pack_free(struct pack *pack);

/* Opens the pack once more, so that a store of very many packs has few files open at a time. One that is not the same any more gives nothing.
   Close it in any case. */
void pack_reopen(const struct pack *pack, struct pack_file *file);

static inline const uint8_t *pack_id(const struct pack *pack, uint32_t name) {
    return pack->ids + (size_t)name * pack->id_stride;
}

/* What is visited after an entry in its family, base first; NO_ENTRY behind the last. */
uint32_t pack_next_below(const struct pack *pack, uint32_t entry);

#endif
