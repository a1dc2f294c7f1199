#include "digest.h"

#include "siphash.h"

uint64_t digest_of(const struct digest_key *key, const uint8_t *data, size_t length) {
    struct siphash hash = siphash_begin(key->low, key->high);
    siphash_take_last(&hash, data, length, 1);
    hash.v2 ^= 0xff;
    return siphash_end(&hash, 3);
}
