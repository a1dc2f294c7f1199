#include "embedded.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"

#define WINDOW 4
#define BITS 12 /* of the hash of a window */
#define LATIN_KEYWORD 79 /* bytes of a PNG keyword, at most */

/* Each of these is asked where its magic stands, with `left` bytes from there on; `shift` says where its stream begins. */

/* No reserved flag; what the writers put for their effort and their system. */
static bool gzip_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 18 && (at[3] & 0xe0) == 0 && (at[8] == 0 || at[8] == 2 || at[8] == 4) && (at[9] <= 13 || at[9] == 255);
}

static bool xz_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 12 && at[4] == 'Z' && at[5] == 0 && at[6] == 0 && at[7] <= 15;
}

static bool zstd_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 9 && (at[4] & 8) == 0;
}

/* The magic is that of a first block, four bytes behind the stream's beginning. */
static bool bzip2_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    *shift = -4;
    return left >= 10 && at[4] == 'S' && at[5] == 'Y' && memcmp(at - 4, "BZh", 3) == 0 && at[-1] >= '1' && at[-1] <= '9';
}

static bool lz4_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 7 && (at[4] & 0xc2) == 0x40 && (at[5] & 0x8f) == 0 && at[5] >> 4 >= 4;
}

/* The CRC-32 of the start header. */
static bool seven_zip_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    if (left < 32 || at[4] != 0x27 || at[5] != 0x1c || at[6] != 0) {
        return false;
    }
    uint32_t crc = 0xffffffff;
    for (size_t i = 12; i < 32; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc == little32(at + 8);
}

static bool rar_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    if (left < 16 || at[4] != 0x1a || at[5] != 7) {
        return false;
    }
    return at[6] == 0 ? at[9] == 0x73 : at[6] == 1 && at[7] == 0 && (at[13] == 1 || at[13] == 4); /* a main header, or one of encryption */
}

static bool cabinet_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 36 && little32(at + 4) == 0 && little32(at + 12) == 0 && little32(at + 20) == 0 && at[24] == 3 && at[25] == 1;
}

static bool squashfs_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 96 && at[22] >= 12 && at[22] <= 20 && at[23] == 0 && little32(at + 12) == 1u << at[22] && little32(at + 28) == 4;
}

/* Behind the count of objects the first of them: no delta, its size in 7 bits a byte, and a zlib stream. */
static bool git_pack_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    if (left < 32 || (big32(at + 4) != 2 && big32(at + 4) != 3) || big32(at + 8) == 0) {
        return false;
    }
    unsigned type = at[12] >> 4 & 7;
    size_t end = 12;
    while (end < 22 && (at[end] & 0x80)) {
        end++;
    }
    return type >= 1 && type <= 4 && at[end + 1] == 0x78 && (0x7800u + at[end + 2]) % 31 == 0;
}

/* The trailer of an Apple disk image: version 4, 512 bytes, and the file's last. */
static bool disk_image_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left == 512 && big32(at + 4) == 4 && big32(at + 8) == 512;
}

/* The file's last eight bytes. */
static bool leveldb_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left == 8 && memcmp(at, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", 8) == 0;
}

static bool rocksdb_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left == 8 && memcmp(at, "\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", 8) == 0;
}

/* Version, format, method and level of the packer's own header. */
static bool upx_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 8 && at[4] >= 10 && at[4] <= 14 && at[5] > 0 && at[5] < 64 && at[6] >= 2 && at[6] <= 15 && at[7] > 0 && at[7] <= 10;
}

/* Flags before it, and behind it the sizes of its header and of all of it. */
static bool nsis_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 28 && memcmp(at + 4, "NullsoftInst", 12) == 0 && little32(at - 4) < 16 && little32(at + 16) > 0 &&
           little32(at + 20) >= 28 && little32(at + 20) - 4 <= left;
}

/* A field of 64 bytes, the rest of it zeros. */
static bool inno_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 64 && memcmp(at, "Inno Setup Setup Data (", 23) == 0 && at[63] == 0;
}

/* The archive's cookie: its size, and where in it its table is. */
static bool pyinstaller_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    (void)shift;
    return left >= 24 && memcmp(at + 4, "\x0b\x0a\x0b\x0e", 4) == 0 && big32(at + 8) >= 24 && big32(at + 12) <= big32(at + 8) &&
           big32(at + 16) <= big32(at + 8) - big32(at + 12);
}

/* PNG 1.2, 4.2.3: a keyword and a method before the packed text; of iTXt a flag, a language and a translated keyword as well. */
static bool png_text_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    bool international = at[0] == 'i';
    size_t end = 4;
    while (end < left && end < 4 + LATIN_KEYWORD + 1 && at[end] != 0) {
        end++;
    }
    if (end == 4 || end + 4 >= left || at[end] != 0 || at[end + 1] != (international ? 1 : 0) || (international && at[end + 2] != 0)) {
        return false;
    }
    end += international ? 3 : 2;
    for (int field = 0; international && field < 2; field++) {
        size_t most = left - end < 512 ? left - end : 512;
        const uint8_t *nul = memchr(at + end, 0, most);
        if (nul == NULL) {
            return false;
        }
        end = (size_t)(nul - at) + 1;
    }
    *shift = (ptrdiff_t)end;
    return end + 2 <= left && at[end] == 0x78;
}

/* Chunks of an Erlang module: literals, and debug information as a packed term. */
static bool literals_hold(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    *shift = 12;
    return left >= 14 && at[12] == 0x78 && big32(at + 4) <= left;
}

static bool debug_term_holds(const uint8_t *at, size_t left, ptrdiff_t *shift) {
    *shift = 14;
    return left >= 16 && at[8] == 131 && at[9] == 'P' && at[14] == 0x78;
}

static const struct marker {
    const char *window;
    uint8_t before; /* bytes that must stand before it */
    bool (*holds)(const uint8_t *at, size_t left, ptrdiff_t *shift);
    const char *kind;
} MARKERS[] = {
    {"\x1f\x8b\x08\0", 0, gzip_holds, "gzip"},
    {"\x1f\x8b\x08\4", 0, gzip_holds, "gzip"},
    {"\x1f\x8b\x08\x08", 0, gzip_holds, "gzip"},
    {"\x1f\x8b\x08\x10", 0, gzip_holds, "gzip"},
    {"\xfd" "7zX", 0, xz_holds, "xz"},
    {"\x28\xb5\x2f\xfd", 0, zstd_holds, "zstd"},
    {"1AY&", 4, bzip2_holds, "bzip2"},
    {"\4\x22\x4d\x18", 0, lz4_holds, "lz4"},
    {"7z\xbc\xaf", 0, seven_zip_holds, "7z"},
    {"Rar!", 0, rar_holds, "rar"},
    {"MSCF", 0, cabinet_holds, "cabinet"},
    {"hsqs", 0, squashfs_holds, "squashfs"},
    {"PACK", 0, git_pack_holds, "git pack"},
    {"koly", 0, disk_image_holds, "disk image"},
    {"\x57\xfb\x80\x8b", 0, leveldb_holds, "LevelDB"},
    {"\xf7\xcf\xf4\x85", 0, rocksdb_holds, "RocksDB"},
    {"UPX!", 0, upx_holds, "UPX"},
    {"\xef\xbe\xad\xde", 4, nsis_holds, "NSIS"},
    {"Inno", 0, inno_holds, "Inno Setup"},
    {"MEI\x0c", 0, pyinstaller_holds, "PyInstaller"},
    {"zTXt", 0, png_text_holds, "zlib"},
    {"iTXt", 0, png_text_holds, "zlib"},
    {"LitT", 0, literals_hold, "zlib"},
    {"Dbgi", 0, debug_term_holds, "zlib"},
};

static uint32_t hash_window(const uint8_t *at) {
    return little32(at) * 2654435761u >> (32 - BITS);
}

struct embedded find_embedded(const uint8_t *data, size_t length, size_t from) {
    uint8_t known[1 << BITS] = {0};
    for (size_t i = 0; i < sizeof MARKERS / sizeof *MARKERS; i++) {
        known[hash_window((const uint8_t *)MARKERS[i].window)] = 1;
    }
    for (size_t at = from; length >= WINDOW && at <= length - WINDOW; at++) {
        if (!known[hash_window(data + at)]) {
            continue;
        }
        for (size_t i = 0; i < sizeof MARKERS / sizeof *MARKERS; i++) {
            const struct marker *marker = &MARKERS[i];
            ptrdiff_t shift = 0;
            if (memcmp(data + at, marker->window, WINDOW) == 0 && at - from >= marker->before &&
                marker->holds(data + at, length - at, &shift)) {
                return (struct embedded){marker->kind, (size_t)((ptrdiff_t)at + shift)};
            }
        }
    }
    return (struct embedded){NULL, length};
}
