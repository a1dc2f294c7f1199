/* What the first bytes of a text say of it. */
#ifndef SECRETSCAN_SNIFF_H
#define SECRETSCAN_SNIFF_H

#include <stddef.h>
#include <stdint.h>

enum flag {
    FLAG_UTF16LE = 1,
    FLAG_UTF16BE = 2,
    FLAG_PACKED = 4,
    FLAG_FULL = 8,
    FLAG_UTF32LE = 16,
    FLAG_UTF32BE = 32,
};

/* FLAG_… bits, all but FLAG_FULL. */
uint8_t sniff(const uint8_t *text, size_t length);

#endif
