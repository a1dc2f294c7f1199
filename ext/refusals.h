/* Which matches were told to be no finding by what they hold themselves, so that the next of the same need not be asked about. Keys are
   keyed hashes of 128 bits (SipHash-2-4). One thread may add while any number ask. */
#ifndef SECRETSCAN_REFUSALS_H
#define SECRETSCAN_REFUSALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct refusal {
    _Atomic uint64_t first; /* both 0: free */
    _Atomic uint64_t second;
};

struct refusals {
    struct refusal *slots;
    size_t used;
    uint64_t secret[2];
};

enum status refusals_init(struct refusals *refusals, uint64_t secret, uint64_t second_secret);
void refusals_free(struct refusals *refusals);
/* A match of `owner` with the secret `at` bytes behind its begin. */
bool refusals_hold(const struct refusals *refusals, uint32_t owner, const uint8_t *match, size_t length, size_t at);
void refusals_add(struct refusals *refusals, uint32_t owner, const uint8_t *match, size_t length, size_t at);

#endif
