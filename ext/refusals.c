#include "refusals.h"

#include <stdlib.h>

#include "siphash.h"

#define SLOT_BITS 17 /* 2 MB; when half of it is used it is emptied */
#define SLOTS ((size_t)1 << SLOT_BITS)

static void hash(const struct refusals *refusals, uint32_t owner, const uint8_t *match, size_t length, size_t at, uint64_t key[2]) {
    struct siphash sip = siphash_begin(refusals->secret[0], refusals->secret[1]);
    sip.v1 ^= 0xee;
    siphash_take(&sip, owner, 2);
    siphash_take(&sip, at, 2);
    siphash_take_last(&sip, match, length, 2);
    sip.v2 ^= 0xee;
    key[0] = siphash_end(&sip, 4);
    sip.v1 ^= 0xdd;
    key[1] = siphash_end(&sip, 4) | 1; /* never that of a free slot */
}

enum status refusals_init(struct refusals *refusals, uint64_t secret, uint64_t second_secret) {
    *refusals = (struct refusals){.secret = {secret, second_secret}};
    refusals->slots = calloc(SLOTS, sizeof *refusals->slots);
    return refusals->slots == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void refusals_free(struct refusals *refusals) {
    free(refusals->slots);
    *refusals = (struct refusals){0};
}

/* The slot that holds the key, or the free one where it would stand. */
static struct refusal *find(const struct refusals *refusals, const uint64_t key[2], bool *held) {
    for (size_t at = key[0] & (SLOTS - 1);; at = (at + 1) & (SLOTS - 1)) {
        struct refusal *slot = &refusals->slots[at];
        uint64_t second = atomic_load_explicit(&slot->second, memory_order_acquire);
        *held = second == key[1] && atomic_load_explicit(&slot->first, memory_order_relaxed) == key[0];
        if (*held || second == 0) {
            return slot;
        }
    }
}

bool refusals_hold(const struct refusals *refusals, uint32_t owner, const uint8_t *match, size_t length, size_t at) {
    uint64_t key[2];
    bool held;
    hash(refusals, owner, match, length, at, key);
    find(refusals, key, &held);
    return held;
}

void refusals_add(struct refusals *refusals, uint32_t owner, const uint8_t *match, size_t length, size_t at) {
    uint64_t key[2];
    bool held;
    hash(refusals, owner, match, length, at, key);
    struct refusal *slot = find(refusals, key, &held);
    if (held) {
        return;
    }
    if (refusals->used >= SLOTS / 2) {
        for (size_t i = 0; i < SLOTS; i++) {
            atomic_store_explicit(&refusals->slots[i].second, 0, memory_order_relaxed);
        }
        refusals->used = 0;
        slot = find(refusals, key, &held);
    }
    atomic_store_explicit(&slot->first, key[0], memory_order_relaxed);
    atomic_store_explicit(&slot->second, key[1], memory_order_release);
    refusals->used++;
}
