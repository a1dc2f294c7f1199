/* SipHash with any number of rounds (Aumasson and Bernstein 2012, https://www.aumasson.jp/siphash/siphash.pdf): with a secret key nobody
   makes two texts alike. Words are read as the machine has them: no hash is compared with one of another process. */
#ifndef SECRETSCAN_SIPHASH_H
#define SECRETSCAN_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct siphash {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_rotate(uint64_t word, unsigned by) {
    return word << by | word >> (64 - by);
}

static inline void siphash_mix(struct siphash *hash, int rounds) {
    for (int i = 0; i < rounds; i++) {
        hash->v0 += hash->v1;
        hash->v2 += hash->v3;
        hash->v1 = siphash_rotate(hash->v1, 13) ^ hash->v0;
        hash->v3 = siphash_rotate(hash->v3, 16) ^ hash->v2;
        hash->v0 = siphash_rotate(hash->v0, 32);
        hash->v2 += hash->v1;
        hash->v0 += hash->v3;
        hash->v1 = siphash_rotate(hash->v1, 17) ^ hash->v2;
        hash->v3 = siphash_rotate(hash->v3, 21) ^ hash->v0;
        hash->v2 = siphash_rotate(hash->v2, 32);
    }
}

static inline struct siphash siphash_begin(uint64_t low, uint64_t high) {
    return (struct siphash){low ^ UINT64_C(0x736f6d6570736575), high ^ UINT64_C(0x646f72616e646f6d), low ^ UINT64_C(0x6c7967656e657261),
                            high ^ UINT64_C(0x7465646279746573)};
}

static inline void siphash_take(struct siphash *hash, uint64_t word, int rounds) {
    hash->v3 ^= word;
    siphash_mix(hash, rounds);
    hash->v0 ^= word;
}

/* Takes bytes to their end, the length with the last of them. */
static inline void siphash_take_last(struct siphash *hash, const uint8_t *data, size_t length, int rounds) {
    size_t at = 0;
    for (; length - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, data + at, sizeof word);
        siphash_take(hash, word, rounds);
    }
    uint64_t last = (uint64_t)length << 56;
    for (unsigned shift = 0; at < length; at++, shift += 8) {
        last |= (uint64_t)data[at] << shift;
    }
    siphash_take(hash, last, rounds);
}

static inline uint64_t siphash_end(struct siphash *hash, int rounds) {
    siphash_mix(hash, rounds);
    return hash->v0 ^ hash->v1 ^ hash->v2 ^ hash->v3;
}

#endif
