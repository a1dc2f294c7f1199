/* Git's deltas: the bytes of an object as copies from another and inserted bytes (gitformat-pack, "Deltified representation"). */
#ifndef SECRETSCAN_DELTA_H
#define SECRETSCAN_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A delta being read. */
struct delta {
    const uint8_t *at;
    const uint8_t *end;
    size_t base_size;
    size_t size; /* of what it makes */
};

struct delta_step {
    const uint8_t *inserted; /* NULL: a copy */
    size_t from;             /* of a copy: where in the base */
    size_t length;
};

enum delta_result {
    DELTA_STEP,
    DELTA_END,
    DELTA_MALFORMED,
};

/* False if its head is malformed. */
bool delta_open(struct delta *delta, const uint8_t *bytes, size_t length);

/* The next step. Its copies lie within a base of `base_size` bytes; the lengths of all steps are the caller's to add up. */
enum delta_result delta_next(struct delta *delta, struct delta_step *step);

/* Makes the object. `into` has room for delta->size bytes; false if the delta does not give exactly so many. */
bool delta_apply(struct delta delta, const uint8_t *base, uint8_t *into);

#endif
