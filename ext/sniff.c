#include "sniff.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"

#define NUL_WINDOW 8000 /* as git's buffer_is_binary */
#define UTF16_WINDOW 512
#define USTAR_OFFSET 257

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
    {"ustar", 5, USTAR_OFFSET},         /* tar, POSIX and GNU */
};

static bool is_packed(const uint8_t *text, size_t length) {
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
    size_t units = min_size(length, UTF16_WINDOW) / 2;
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

uint8_t sniff(const uint8_t *text, size_t length) {
    uint8_t flags = is_packed(text, length) ? FLAG_PACKED : 0;
    if (length >= 2 && text[0] == 0xff && text[1] == 0xfe) {
        flags |= FLAG_UTF16LE;
    } else if (length >= 2 && text[0] == 0xfe && text[1] == 0xff) {
        flags |= FLAG_UTF16BE;
    }
    if (length > 0 && memchr(text, 0, min_size(length, NUL_WINDOW)) != NULL) {
        flags |= FLAG_NUL;
        if (flags == FLAG_NUL) {
            flags |= utf16_by_nuls(text, length);
        }
    }
    return flags;
}
