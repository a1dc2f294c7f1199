#include "digest.h"

#include <string.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t word, unsigned by) {
    return word << by | word >> (64 - by);
}

static inline void mix(struct state *s) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void take(struct state *s, uint64_t word) {
    s->v3 ^= word;
    mix(s);
    s->v0 ^= word;
}

/* Words are read as the machine has them: a digest is compared with none but those of its own process. */
uint64_t digest_of(const struct digest_key *key, const uint8_t *data, size_t length) {
    struct state s = {
        key->low ^ 0x736f6d6570736575, key->high ^ 0x646f72616e646f6d, key->low ^ 0x6c7967656e657261, key->high ^ 0x7465646279746573};
    size_t at = 0;
    uint64_t word;
    for (; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, data + at, sizeof word);
        take(&s, word);
    }
    uint64_t last = (uint64_t)length << 56;
    for (unsigned shift = 0; at < length; at++, shift += 8) {
        last |= (uint64_t)data[at] << shift;
    }
    take(&s, last);
    s.v2 ^= 0xff;
    mix(&s);
    mix(&s);
    mix(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
