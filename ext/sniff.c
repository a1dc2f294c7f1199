#include "sniff.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"

#define WIDE_WINDOW 512 /* bytes in which UTF-16 and UTF-32 show themselves */
#define USTAR_OFFSET 257
#define LZMA_HEADER 13
#define LZMA_USUAL 0x5d /* properties lc=3, lp=0, pb=2 */

struct magic {
    const char *bytes;
    size_t length;
    size_t offset;
};

static const struct magic MAGICS[] = {
    {"\x1f\x8b\x08", 3, 0},             /* gzip, RFC 1952; deflate is the only method there is */
    {"\x28\xb5\x2f\xfd", 4, 0},         /* zstd, RFC 8878 */
    {"\x2a\x4d\x18", 3, 1},             /* zstd skippable frame; its first byte is 0x50 to 0x5f */
    {"\x31\x41\x59\x26\x53\x59", 6, 4}, /* bzip2: a block after "BZh1" to "BZh9" */
    {"\x17\x72\x45\x38\x50\x90", 6, 4}, /* bzip2: an empty stream */
    {"\xfd" "7zXZ\0", 6, 0},            /* xz */
    {"PK\3\4", 4, 0},                   /* zip */
    {"PK\5\6", 4, 0},                   /* zip without members */
    {"PK\7\x08", 4, 0},                 /* zip, split */
    {"7z\xbc\xaf\x27\x1c", 6, 0},       /* 7z */
    {"Rar!\x1a\x07", 6, 0},             /* rar */
    {"\x04\x22\x4d\x18", 4, 0},         /* lz4 frame */
    {"LZIP\1", 5, 0},                   /* lzip */
    {"MSCF\0\0\0\0", 8, 0},            /* cabinet, [MS-CAB] 2.2.1 */
    {"hsqs", 4, 0},                     /* squashfs 4, little-endian */
    {"xar!\0\x1c", 6, 0},              /* xar */
    {"MSWIM\0\0\0", 8, 0},             /* WIM */
    {"\x89LZO\0\r\n\x1a\n", 9, 0},     /* lzop */
    {"\xff\6\0\0sNaPpY", 10, 0},       /* snappy, framed */
    {"%PDF-", 5, 0},                    /* PDF, ISO 32000 */
    {"!<arch>\n", 8, 0},                /* ar: .deb, static libraries */
    {"070701", 6, 0},                   /* cpio with ASCII headers */
    {"070702", 6, 0},                   /* the same with checksums */
    {"\xed\xab\xee\xdb", 4, 0},         /* rpm */
    {"PACK\0\0\0\2", 8, 0},             /* git pack */
    {"PACK\0\0\0\3", 8, 0},
    {"\x78\x01", 2, 0},                 /* zlib, RFC 1950, at the levels that there are; two bytes are no proof */
    {"\x78\x5e", 2, 0},
    {"\x78\x9c", 2, 0},
    {"\x78\xda", 2, 0},
    {"ustar", 5, USTAR_OFFSET},         /* tar, POSIX and GNU */
};

/* The old LZMA format has no magic. Its header: properties, size of the dictionary (4 bytes), length of the text (8 bytes, all ones if
   unknown), and a first byte of data that is always 0. Every writer takes 2^n or 2^n + 2^(n-1) bytes of dictionary. */
static bool is_lzma(const uint8_t *text, size_t length) {
    if (length < LZMA_HEADER + 1 || text[0] >= 225 || text[LZMA_HEADER] != 0) {
        return false;
    }
    uint32_t dictionary = 0;
    uint64_t size = 0;
    for (size_t i = 4; i >= 1; i--) {
        dictionary = dictionary << 8 | text[i];
    }
    for (size_t i = 12; i >= 5; i--) {
        size = size << 8 | text[i];
    }
    uint32_t top = dictionary;
    while (top & (top - 1)) {
        top &= top - 1;
    }
    bool usual_dictionary = dictionary >= 4096 && (dictionary == top || dictionary == top + top / 2 || dictionary == UINT32_MAX);
    return usual_dictionary && (size == UINT64_MAX || (text[0] == LZMA_USUAL && size > 0 && size < (uint64_t)1 << 38));
}

static bool is_packed(const uint8_t *text, size_t length) {
    if (is_lzma(text, length)) {
        return true;
    }
    for (size_t i = 0; i < sizeof MAGICS / sizeof *MAGICS; i++) {
        const struct magic *magic = &MAGICS[i];
        if (length >= magic->offset + magic->length && memcmp(text + magic->offset, magic->bytes, magic->length) == 0) {
            if (magic->offset == 1 && (text[0] & 0xf0) != 0x50) {
                continue;
            }
            if (magic->offset == 4 && memcmp(text, "BZh", 3) != 0) {
                continue;
            }
            return true;
        }
    }
    return false;
}

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
    uint8_t flags = is_packed(text, length) ? FLAG_PACKED : 0;
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
