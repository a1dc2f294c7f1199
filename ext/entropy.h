/* Shannon entropy over byte frequencies. */
#ifndef SECRETSCAN_ENTROPY_H
#define SECRETSCAN_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

/* Bits a byte; 0 of nothing. */
double entropy_of(const uint8_t *data, size_t length);

#endif
