/* What must stand around a literal before it is worth a record. */
#ifndef SECRETSCAN_SHAPES_H
#define SECRETSCAN_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a run no more than this is measured. */
#define ENTROPY_WINDOW 256

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

/* Whether the check holds in text with its literal beginning at `start`. Nothing is taken for granted but start <= length. */
bool check_holds(const struct check *check, const uint8_t *text, size_t length, size_t start);

#endif
