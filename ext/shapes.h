/* What must stand around a literal before it is worth a record. */
#ifndef SECRETSCAN_SHAPES_H
#define SECRETSCAN_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entropy.h"

/* For each byte 1 if it belongs, else 0. A table costs one load a byte where a bitmap costs a load, a shift and a mask
   (measured: 4 % of the whole scan); checks with the same bitmap share one. */
typedef uint8_t membership[256];

struct check {
    const uint8_t *literal; /* the caller's, as long as the check lives; lower case if caseless */
    const uint8_t *left;    /* a membership, or NULL: anything may stand before */
    const uint8_t *run;     /* a membership, or NULL: nothing is asked of what follows */
    double entropy;
    uint32_t run_min;
    uint32_t gap;
    uint8_t length;
    bool caseless;
};

/* From 32 bytes, bit b of byte b >> 3 as 1 << (b & 7). */
void membership_fill(uint8_t *members, const uint8_t *bitmap);

/* Whether the check holds in text with its literal beginning at `start` (<= length). Of the literal, `known` first bytes are
   already seen to stand there, case aside. */
bool check_holds(
    const struct check *check, const struct entropy_table *table, const uint8_t *text, size_t length, size_t start, size_t known);

#endif
