#include "entropy.h"

#include <math.h>

double entropy_of(const uint8_t *data, size_t length) {
    size_t counts[256] = {0};
    double sum = 0.0;
    if (length == 0) {
        return 0.0;
    }
    for (size_t i = 0; i < length; i++) {
        counts[data[i]]++;
    }
    for (size_t byte = 0; byte < 256; byte++) {
        if (counts[byte] > 1) {
            sum += (double)counts[byte] * log2((double)counts[byte]);
        }
    }
    double bits = log2((double)length) - sum / (double)length;
    return bits > 0.0 ? bits : 0.0; /* rounding may leave a hair below nothing */
}
