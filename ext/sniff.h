/* What the first bytes of a text say of it. */
#ifndef SECRETSCAN_SNIFF_H
#define SECRETSCAN_SNIFF_H

#include <stddef.h>
#include <stdint.h>

enum flag {
    FLAG_NUL = 1,
    FLAG_UTF16LE = 2,
    FLAG_UTF16BE = 4,
    FLAG_PACKED = 8,
    FLAG_FULL = 16,
    FLAG_UTF32LE = 32,
    FLAG_UTF32BE = 64,
};

/* FLAG_… bits, all but FLAG_FULL. */
uint8_t sniff(const uint8_t *text, size_t length);

#endif
