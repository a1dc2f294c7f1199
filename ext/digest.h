/* SipHash-1-3, which Python's own hash() of bytes is too. */
#ifndef SECRETSCAN_DIGEST_H
#define SECRETSCAN_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct digest_key {
    uint64_t low, high;
};

uint64_t digest_of(const struct digest_key *key, const uint8_t *data, size_t length);

#endif
