/* What must stand around a literal before it is worth a record. */
#ifndef SECRETSCAN_SHAPES_H
#define SECRETSCAN_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entropy.h"

struct check {
    const uint8_t *literal; /* the caller's, as long as the check lives; lower case if caseless */
    uint8_t length;
    bool caseless;
    bool has_left;
    bool has_run;
    uint32_t run_min;
    uint32_t gap;
    double entropy;
    uint8_t left[32];
    uint8_t run[32];
};

/* Whether the check holds in text with its literal beginning at `start` (<= length). Of the literal, `known` first bytes are
   already seen to stand there, case aside. */
bool check_holds(
    const struct check *check, const struct entropy_table *table, const uint8_t *text, size_t length, size_t start, size_t known);

#endif
