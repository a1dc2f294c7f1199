#include "sniff.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "magic.h"

#define WIDE_WINDOW 512 /* bytes in which UTF-16 and UTF-32 show themselves */

/* Without a mark: at least half of the units have a NUL high byte (other scripts may be mixed in), and hardly a low one. */
static uint8_t utf16_by_nuls(const uint8_t *text, size_t length) {
    size_t units = min_size(length, WIDE_WINDOW) / 2;
    size_t even = 0;
    size_t odd = 0;
    for (size_t i = 0; i < units; i++) {
        even += text[2 * i] == 0;
        odd += text[2 * i + 1] == 0;
    }
    if (units >= 2 && odd * 2 >= units && even * 16 <= units) {
        return FLAG_UTF16LE;
    }
    if (units >= 2 && even * 2 >= units && odd * 16 <= units) {
        return FLAG_UTF16BE;
    }
    return 0;
}

/* All units are characters, and without a mark at least 7 of 8 are ASCII: arrays of small numbers look nearly the same. `low` is the place
   of a unit's lowest byte. */
static bool is_utf32(const uint8_t *text, size_t length, size_t low, bool marked) {
    size_t units = min_size(length, WIDE_WINDOW) / 4;
    size_t printable = 0;
    for (size_t i = 0; i < units; i++) {
        const uint8_t *unit = text + 4 * i;
        if (unit[low ^ 3] != 0 || unit[low ^ 2] > 0x10) {
            return false;
        }
        uint8_t byte = unit[low];
        bool ascii = unit[low ^ 2] == 0 && unit[low ^ 1] == 0;
        printable += ascii && ((byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\r' || byte == '\t');
    }
    return marked ? units >= 1 : units >= 2 && printable * 8 >= units * 7;
}

static uint8_t utf32(const uint8_t *text, size_t length) {
    if (is_utf32(text, length, 0, length >= 4 && memcmp(text, "\xff\xfe\0\0", 4) == 0)) {
        return FLAG_UTF32LE;
    }
    return is_utf32(text, length, 3, length >= 4 && memcmp(text, "\0\0\xfe\xff", 4) == 0) ? FLAG_UTF32BE : 0;
}

uint8_t sniff(const uint8_t *text, size_t length) {
    uint8_t flags = packed_kind(text, length) ? FLAG_PACKED : 0;
    bool nul = length > 0 && memchr(text, 0, min_size(length, WIDE_WINDOW)) != NULL;
    uint8_t wide = nul ? utf32(text, length) : 0;
    if (wide) {
        flags |= wide; /* its mark begins like UTF-16's */
    } else if (length >= 2 && text[0] == 0xff && text[1] == 0xfe) {
        flags |= FLAG_UTF16LE;
    } else if (length >= 2 && text[0] == 0xfe && text[1] == 0xff) {
        flags |= FLAG_UTF16BE;
    } else if (nul && !flags) {
        flags |= utf16_by_nuls(text, length);
    }
    return flags;
}
