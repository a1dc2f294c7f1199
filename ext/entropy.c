#include "entropy.h"

#include <math.h>

/* A finding that stands exactly on its floor must not be lost to rounding. */
#define SLACK 1e-9

static double n_log2_n(double n) {
    return n > 1.0 ? n * log2(n) : 0.0;
}

void entropy_table_fill(struct entropy_table *table) {
    for (size_t n = 0; n < ENTROPY_WINDOW; n++) {
        table->growth[n] = n_log2_n((double)n + 1.0) - n_log2_n((double)n);
    }
}

bool entropy_reaches(const struct entropy_table *table, const uint8_t *data, size_t length, double floor) {
    uint16_t counts[256] = {0};
    double repeated = 0.0; /* the sum of n log2 n over byte counts */
    double whole = 0.0;    /* n log2 n of the length: the same steps, taken by one byte alone */
    for (size_t i = 0; i < length; i++) {
        repeated += table->growth[counts[data[i]]++];
        whole += table->growth[i];
    }
    return whole - repeated >= (floor - SLACK) * (double)length;
}

double entropy_of(const uint8_t *data, size_t length) {
    size_t counts[256] = {0};
    double repeated = 0.0;
    if (length == 0) {
        return 0.0;
    }
    for (size_t i = 0; i < length; i++) {
        counts[data[i]]++;
    }
    for (size_t byte = 0; byte < 256; byte++) {
        repeated += n_log2_n((double)counts[byte]);
    }
    double bits = (n_log2_n((double)length) - repeated) / (double)length;
    return bits > 0.0 ? bits : 0.0; /* rounding may leave a hair below nothing */
}
