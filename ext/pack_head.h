/* An object as it lies in a pack: what stands before its deflated bytes, and these. */
#ifndef SECRETSCAN_PACK_HEAD_H
#define SECRETSCAN_PACK_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack.h"
#include "pack_file.h"

#define OFFSET_DELTA 6
#define NAMED_DELTA 7
#define HEAD_MOST 64 /* bytes */

/* Offsets and ids of the base are told, not looked up. */
struct pack_head {
    unsigned type;
    size_t length; /* of the head itself */
    uint64_t size; /* of what the deflated bytes hold */
    uint64_t back; /* of an OFFSET_DELTA: so many bytes before this entry */
    const uint8_t *id; /* of a NAMED_DELTA */
};

/* Of the entry at `offset`, of whose bytes some are given. False if it is malformed. */
bool pack_head_read(const struct pack *pack, uint64_t offset, const uint8_t *bytes, size_t length, struct pack_head *head);

/* The bytes from an entry on up to the next one. */
uint64_t pack_entry_length(const struct pack *pack, uint32_t entry);

/* The deflated bytes of an entry and what they inflate to. */
struct stored {
    const uint8_t *bytes; /* until the file is asked again */
    size_t length;
    uint64_t size;
    bool delta;
};

/* False if the entry is malformed, cannot be read, or says that it holds more than `largest` bytes. */
bool pack_stored(const struct pack *pack, struct pack_file *file, uint32_t entry, uint64_t largest, struct stored *stored);

#endif
