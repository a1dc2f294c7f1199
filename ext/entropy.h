/* Shannon entropy over byte frequencies. */
#ifndef SECRETSCAN_ENTROPY_H
#define SECRETSCAN_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a run no more than this is measured. */
#define ENTROPY_WINDOW 256

/* What one more occurrence of a byte adds to the sum of n log2 n, so that short runs need no logarithm: growth[n] = (n + 1) log2(n + 1) - n log2 n. */
struct entropy_table {
    double growth[ENTROPY_WINDOW];
};

void entropy_table_fill(struct entropy_table *table);

/* Whether data (1 to ENTROPY_WINDOW bytes) has at least `floor` bits a byte. Rounding is in favour of yes. */
bool entropy_reaches(const struct entropy_table *table, const uint8_t *data, size_t length, double floor);

/* Bits a byte; 0 of nothing. */
double entropy_of(const uint8_t *data, size_t length);

#endif
