/* Which places of a text may begin a literal, told by a hash of four bytes: a look at each place costs less than a step of the
   automaton, and most places are told off by it. Literals too short for four bytes stand for every byte that may follow them. */
#ifndef SECRETSCAN_FILTER_H
#define SECRETSCAN_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shapes.h"
#include "status.h"

/* 128 KiB of bits, of which a text of one kind touches few. Measured with 2,251 literals, places let through a MB of Python: 17 bits 48,000,
   18 37,000, 19 32,000, 20 29,000; MB/s of the filter alone 2,580, 2,440, 2,350, 2,300. */
#define FILTER_BITS 20
#define FILTER_WORDS ((size_t)1 << (FILTER_BITS - 5))
#define AGAIN_BITS 18
#define AGAIN_WORDS ((size_t)1 << (AGAIN_BITS - 5))
#define WINDOW 4
/* So many first bytes of a literal are compared at once. */
#define SPELLED 16

/* A literal's first bytes, as a load from the text gives them: what `mask` leaves of it must be `value`. */
struct spelling {
    uint64_t value[2];
    uint64_t mask[2];
    uint32_t literal; /* its number */
    uint8_t length;   /* of the whole literal */
    uint8_t window;   /* where in it the four bytes stand that are hashed */
};

/* What the bytes beside a literal must be for any of its checks to hold, and which those are: order[first] up to order[last]. */
struct beside {
    uint32_t before[8]; /* a set of bytes */
    uint32_t behind[8];
    uint32_t first;
    uint32_t last;
};

/* The spellings that a window of four bytes may be part of: spellings[first] up to spellings[last]; none in an empty slot. */
struct slot {
    uint32_t window; /* as `filter_window` gives it */
    uint32_t first;
    uint32_t last;
};

#if defined(__x86_64__) && defined(__GNUC__)
#define FILTER_AVX2
#endif

struct filter {
    uint32_t bits[FILTER_WORDS];
    uint32_t again[AGAIN_WORDS]; /* the same windows by another hash: asked of what `bits` let through, before anything is compared */
    struct slot *slots;          /* a hash table: a window stands at its place or in the next that are taken */
    unsigned slot_bits;
    struct spelling *spellings; /* by window; one that has several windows stands with each */
    struct beside *literals;
    size_t count;
    uint32_t *order; /* numbers of checks, those of one literal side by side */
    bool wide;       /* eight places at a time: the processor has AVX2 */
};

/* The four bytes, letters' cases made alike (bit 5 tells them apart); of the last one less, so that a literal of three needs no more than
   32 bits. Numbers as a little-endian load gives them. */
#define FILTER_KEPT 0x1fdfdfdf
#define FILTER_FACTOR UINT32_C(0x9e3779b1)
static inline uint32_t filter_window(const uint8_t *at) {
    return (at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24) & FILTER_KEPT;
}

static inline uint32_t filter_hash(uint32_t window) {
    return window * FILTER_FACTOR >> (32 - FILTER_BITS);
}

#define AGAIN_FACTOR UINT32_C(0x85ebca6b)
static inline uint32_t filter_hash_again(uint32_t window) {
    return window * AGAIN_FACTOR >> (32 - AGAIN_BITS);
}

static inline size_t filter_slot(const struct filter *filter, uint32_t window) {
    return window * FILTER_FACTOR >> (32 - filter->slot_bits);
}

static inline uint32_t filter_holds(const struct filter *filter, uint32_t window) {
    uint32_t hash = filter_hash(window);
    return filter->bits[hash >> 5] >> (hash & 31) & 1;
}

static inline uint32_t filter_holds_again(const struct filter *filter, uint32_t window) {
    uint32_t hash = filter_hash_again(window);
    return filter->again[hash >> 5] >> (hash & 31) & 1;
}

/* NULL in *filter if the literals are too many or too short to be told this way. Free it whatever was returned. */
enum status filter_build(struct filter **filter, const struct check *checks, size_t count);
void filter_free(struct filter *filter);

#endif
