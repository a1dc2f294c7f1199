/* The index of a pack, versions 1 and 2: ids in their order, and where each object lies. */
#ifndef SECRETSCAN_PACK_INDEX_H
#define SECRETSCAN_PACK_INDEX_H

#include "pack.h"

/* Fills count, ids and the entries' offset and name, sorted by offset, from pack->index. STATUS_INVALID if it does not fit the pack. */
enum status pack_index_read(struct pack *pack);

/* The number of an object in the index, or NO_ENTRY. */
uint32_t pack_index_find(const struct pack *pack, const uint8_t *id);

/* Where the object of this number lies, whatever may lie there. */
uint64_t pack_index_offset(const struct pack *pack, uint32_t name);

#endif
