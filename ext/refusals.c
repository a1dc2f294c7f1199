#include "refusals.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS 17 /* 2 MB; when half of it is used it is emptied */
#define SLOTS ((size_t)1 << SLOT_BITS)

struct sip {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t word, unsigned by) {
    return word << by | word >> (64 - by);
}

static void turn(struct sip *sip) {
    sip->a += sip->b;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->d;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a += sip->d;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c += sip->b;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->c = rotate(sip->c, 32);
}

static void take(struct sip *sip, uint64_t word) {
    sip->d ^= word;
    turn(sip);
    turn(sip);
    sip->a ^= word;
}

static uint64_t finish(struct sip *sip) {
    for (int i = 0; i < 4; i++) {
        turn(sip);
    }
    return sip->a ^ sip->b ^ sip->c ^ sip->d;
}

static void hash(const struct refusals *refusals, uint32_t owner, const uint8_t *match, size_t length, size_t at, uint64_t key[2]) {
    uint64_t first = refusals->secret[0];
    uint64_t second = refusals->secret[1];
    struct sip sip = {first ^ UINT64_C(0x736f6d6570736575), second ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                      first ^ UINT64_C(0x6c7967656e657261), second ^ UINT64_C(0x7465646279746573)};
    take(&sip, owner);
    take(&sip, at);
    size_t done = 0;
    for (; length - done >= 8; done += 8) {
        uint64_t word;
        memcpy(&word, match + done, sizeof word);
        take(&sip, word);
    }
    uint64_t last = (uint64_t)length << 56;
    for (size_t i = 0; done + i < length; i++) {
        last |= (uint64_t)match[done + i] << (8 * i);
    }
    take(&sip, last);
    sip.c ^= 0xee;
    key[0] = finish(&sip);
    sip.b ^= 0xdd;
    key[1] = finish(&sip) | 1; /* never that of a free slot */
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
