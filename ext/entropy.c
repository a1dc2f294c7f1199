#include "entropy.h"

#include <math.h>

static double n_log2_n(double n) {
    return n > 1.0 ? n * log2(n) : 0.0;
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
