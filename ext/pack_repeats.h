/* Objects that several packs hold, so that each is read once. */
#ifndef SECRETSCAN_PACK_REPEATS_H
#define SECRETSCAN_PACK_REPEATS_H

#include <stddef.h>

#include "pack.h"
#include "status.h"

/* Marks what an earlier pack of these gives as passed; in *passed how many. */
enum status packs_pass_repeats(struct pack **packs, size_t count, size_t *passed);

#endif
