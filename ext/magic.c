#include "magic.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"

#define LZMA_HEADER 13
#define LZMA_USUAL 0x5d /* properties lc=3, lp=0, pb=2 */
#define CPIO_HEADER 110
#define NOT_TEXT 8 /* bytes of the first 64 that no text holds: packed bytes have a third of these */

struct magic {
    const char *bytes;
    uint8_t length;
    uint16_t offset;
    const char *kind;
};

static const struct magic MAGICS[] = {
    {"\x1f\x8b\x08", 3, 0, "gzip"}, /* RFC 1952; deflate is the only method there is */
    {"\x28\xb5\x2f\xfd", 4, 0, "zstd"}, /* RFC 8878 */
    {"\xfd" "7zXZ\0", 6, 0, "xz"},
    {"PK\3\4", 4, 0, "zip"},
    {"PK\5\6", 4, 0, "zip"}, /* without members */
    {"PK\7\x08", 4, 0, "zip"}, /* split */
    {"7z\xbc\xaf\x27\x1c", 6, 0, "7z"},
    {"LZIP\1", 5, 0, "lzip"},
    {"%PDF-", 5, 0, "pdf"}, /* ISO 32000 */
    {"!<arch>\n", 8, 0, "ar"}, /* .deb, static libraries */
    {"\xed\xab\xee\xdb", 4, 0, "rpm"},
    {"PACK\0\0\0\2", 8, 0, "git pack"},
    {"PACK\0\0\0\3", 8, 0, "git pack"},
    {"ustar", 5, 257, "tar"}, /* POSIX and GNU */
    {"wOFF", 4, 0, "woff"},
    {"CWS", 3, 0, "flash"},
    {"ANDROID BACKUP\n", 15, 0, "Android backup"},
    {"-----BEGIN PGP MESSAGE-----", 27, 0, "armored OpenPGP"}, /* RFC 9580 */

    {"Rar!\x1a\x07", 6, 0, "rar"},
    {"\x04\x22\x4d\x18", 4, 0, "lz4"},
    {"\x02\x21\x4c\x18", 4, 0, "lz4"}, /* the legacy frame */
    {"MSCF\0\0\0\0", 8, 0, "cabinet"}, /* [MS-CAB] 2.2.1 */
    {"hsqs", 4, 0, "squashfs"},
    {"sqsh", 4, 0, "squashfs"}, /* big-endian */
    {"xar!\0\x1c", 6, 0, "xar"},
    {"MSWIM\0\0\0", 8, 0, "WIM"},
    {"\x89LZO\0\r\n\x1a\n", 9, 0, "lzop"},
    {"\xff\6\0\0sNaPpY", 10, 0, "snappy"}, /* framed */
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, "OLE"}, /* [MS-CFB] 2.2 */
    {"**ACE**", 7, 7, "ace"},
    {"\xdc\xa7\xc4\xfd", 4, 20, "zoo"},
    {"LRZI\0", 5, 0, "lrzip"},
    {"RZIP\2", 5, 0, "rzip"},
    {"BZ3v1", 5, 0, "bzip3"},
    {"7kSt\xa0\x31\x83\xd3", 8, 0, "zpaq"},
    {"zPQ\1", 4, 0, "zpaq"},
    {"zPQ\2", 4, 0, "zpaq"},
    {"bvx1", 4, 0, "lzfse"},
    {"bvx2", 4, 0, "lzfse"},
    {"bvxn", 4, 0, "lzfse"},
    {"pbze", 4, 0, "Apple"}, /* Apple Archive, by its compression */
    {"pbz4", 4, 0, "Apple"},
    {"pbzx", 4, 0, "pbzx"},
    {"SZDD\x88\xf0\x27\x33", 8, 0, "SZDD"}, /* MS-DOS COMPRESS.EXE */
    {"KWAJ\x88\xf0\x27\xd1", 8, 0, "KWAJ"},
    {"MAM\4", 4, 0, "MAM"}, /* Windows prefetch */
    {"DCT\xc3", 4, 0, "dact"},
    {"KGB_arch", 8, 0, "kgb"},
    {"\xd6\xc3\xc4", 3, 0, "VCDIFF"}, /* RFC 3284: a delta of a text that is not here */
    {"\x45\x3d\xcd\x28", 4, 0, "cramfs"},
    {"\x28\xcd\x3d\x45", 4, 0, "cramfs"},
    {"\x85\x19\3\x20", 4, 0, "jffs2"},
    {"\x85\x19\1\xe0", 4, 0, "jffs2"},
    {"\x85\x19\2\xe0", 4, 0, "jffs2"},
    {"UBI#\1", 5, 0, "UBI"},
    {"\x31\x18\x10\x06", 4, 0, "UBIFS"},
    {"QFI\xfb", 4, 0, "qcow"}, /* its clusters may be packed, and lie in any order */
    {"wOF2", 4, 0, "woff2"},
    {"ZWS", 3, 0, "lzma flash"},
    {"PGDMP", 5, 0, "PostgreSQL"},
    {"REDIS00", 7, 0, "Redis"},
    {"PAR1", 4, 0, "Parquet"},
    {"Obj\1", 4, 0, "Avro"},
    {"\x41\xd8\1\0\1\0\0\0", 8, 0, "WiredTiger"},
    {"!BDN", 4, 0, "Outlook"},
    {"ITSF", 4, 0, "compiled HTML help"},
    {"ITOLITLS", 8, 0, "ebook"},
    {"BOOKMOBI", 8, 60, "ebook"},
    {"TEXtREAd", 8, 60, "ebook"},
    {"MATLAB 5.0 MAT-file", 19, 0, "MATLAB"},
    {"UnityFS\0", 8, 0, "Unity"},
    {"fig-kiwi", 8, 0, "Figma"},

    {"age-encryption.org/v1\n", 22, 0, "age"},
    {"-----BEGIN AGE ENCRYPTED FILE-----", 34, 0, "age"},
    {"Salted__", 8, 0, "openssl"}, /* openssl-enc(1) */
    {"U2FsdGVkX1", 10, 0, "openssl"}, /* the same in base64 */
    {"\0GITCRYPT\0", 10, 0, "git-crypt"},
    {"LUKS\xba\xbe", 6, 0, "LUKS"},
    {"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", 8, 0, "KeePass"},
    {"\x03\xd9\xa2\x9a\x66\xfb\x4b\xb5", 8, 0, "KeePass"},
    {"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", 8, 0, "KeePass"},
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, 2, "CMS"}, /* EnvelopedData, RFC 5652; by the length of its length */
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, 3, "CMS"},
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, 4, "CMS"},
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, 5, "CMS"},
};

static bool is_bzip2(const uint8_t *text, size_t length) {
    return length >= 10 && memcmp(text, "BZh", 3) == 0 &&
           (memcmp(text + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 || memcmp(text + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0); /* pi: a block; its root: the end */
}

/* pzstd and zstd:chunked may begin with one. */
static bool is_skippable_frame(const uint8_t *text, size_t length) {
    return length >= 4 && (text[0] & 0xf0) == 0x50 && memcmp(text + 1, "\x2a\x4d\x18", 3) == 0;
}

/* The levels that there are; two bytes are no proof. */
static bool is_zlib(const uint8_t *text, size_t length) {
    return length >= 2 && text[0] == 0x78 && (text[1] == 0x01 || text[1] == 0x5e || text[1] == 0x9c || text[1] == 0xda);
}

/* The old LZMA format has no magic. Its header: properties, size of the dictionary (4 bytes), length of the text (8 bytes, all ones if
   unknown), and a first byte of data that is always 0. Every writer takes 2^n or 2^n + 2^(n-1) bytes of dictionary. */
static bool is_lzma(const uint8_t *text, size_t length) {
    if (length < LZMA_HEADER + 1 || text[0] >= 225 || text[LZMA_HEADER] != 0) {
        return false;
    }
    uint32_t dictionary = little32(text + 1);
    uint64_t size = (uint64_t)little32(text + 9) << 32 | little32(text + 5);
    uint32_t top = dictionary;
    while (top & (top - 1)) {
        top &= top - 1;
    }
    bool usual_dictionary = dictionary >= 4096 && (dictionary == top || dictionary == top + top / 2 || dictionary == UINT32_MAX);
    return usual_dictionary && (size == UINT64_MAX || (text[0] == LZMA_USUAL && size > 0 && size < (uint64_t)1 << 38));
}

/* compress(1): block mode and the most bits of a code, 9 to 16. */
static bool is_compress(const uint8_t *text, size_t length) {
    return length >= 5 && text[0] == 0x1f && text[1] == 0x9d && (text[2] & 0x60) == 0 && (text[2] & 0x1f) >= 9 && (text[2] & 0x1f) <= 16;
}

/* The main header: its size, that of its fixed part, and its type, 2. */
static bool is_arj(const uint8_t *text, size_t length) {
    return length >= 11 && text[0] == 0x60 && text[1] == 0xea && text[3] <= 10 && text[4] >= 0x1e && text[4] <= 0x40 && text[10] == 2;
}

/* A method such as "-lh5-" behind the header's size and checksum. */
static bool is_lha(const uint8_t *text, size_t length) {
    return length >= 21 && text[2] == '-' && text[6] == '-' && text[20] <= 3 &&
           ((text[3] == 'l' && (text[4] == 'h' || text[4] == 'z')) || (text[3] == 'p' && text[4] == 'm'));
}

/* A mark, a method, and a name of 13 bytes with its NUL. */
static bool is_arc(const uint8_t *text, size_t length) {
    if (length < 29 || text[0] != 0x1a || text[1] < 1 || text[1] > 11) {
        return false;
    }
    size_t end = 2;
    while (end < 15 && text[end] > ' ' && text[end] < 0x7f) {
        end++;
    }
    return end > 2 && end < 15 && text[end] == 0;
}

/* Disk ARchive: magic, a label of ten bytes, whether it is the last slice, and how its header goes on. */
static bool is_dar(const uint8_t *text, size_t length) {
    return length >= 18 && memcmp(text, "\0\0\0\x7b", 4) == 0 && (text[14] == 'T' || text[14] == 'N' || text[14] == 'E') &&
           (text[15] == 'T' || text[15] == 'N' || text[15] == 'S');
}

/* Version 1, inline or not, with or without general deltas; its first entry has no parents. */
static bool is_revlog(const uint8_t *text, size_t length) {
    return length >= 64 && text[0] == 0 && (text[1] & ~3u) == 0 && text[2] == 0 && text[3] == 1 &&
           memcmp(text + 24, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) == 0;
}

/* Sparse VMDK whose grains are packed: flag 16, method 1 (deflate). */
static bool is_packed_vmdk(const uint8_t *text, size_t length) {
    return length >= 79 && memcmp(text, "KDMV", 4) == 0 && (little32(text + 8) >> 16 & 1) && text[77] == 1 && text[78] == 0;
}

static bool is_cpio(const uint8_t *text, size_t length) {
    if (length < CPIO_HEADER || memcmp(text, "07070", 5) != 0 || (text[5] != '1' && text[5] != '2')) {
        return false;
    }
    for (size_t i = 6; i < CPIO_HEADER; i++) { /* six digits alone would be a date, or a number */
        uint8_t low = text[i] | 0x20;
        if (!(text[i] >= '0' && text[i] <= '9') && !(low >= 'a' && low <= 'f')) {
            return false;
        }
    }
    return true;
}

/* RFC 9580: the first packet is a session key for a public key or a password (then a message that is sealed), or packed data. */
static bool is_openpgp(const uint8_t *text, size_t length) {
    if (length < 16 || text[0] < 0x80) {
        return false;
    }
    unsigned tag = text[0] & 0x3f;
    size_t body = 2;
    if (text[0] & 0x40) {
        body = text[1] == 0xff ? 6 : text[1] >= 192 && text[1] < 224 ? 3 : 2;
    } else {
        static const uint8_t HEADERS[] = {2, 3, 5, 1};
        body = HEADERS[tag & 3];
        tag = tag >> 2;
    }
    const uint8_t *packet = text + body;
    switch (tag) {
    case 1:
        return packet[0] == 3 && (packet[9] <= 3 || packet[9] == 16 || packet[9] == 18 || packet[9] == 25 || packet[9] == 26) && packet[9] > 0;
    case 3:
        return packet[0] >= 4 && packet[0] <= 6 && packet[1] >= 1 && packet[1] <= 13 && packet[2] <= 4;
    case 8:
        return packet[0] >= 1 && packet[0] <= 3;
    default:
        return false;
    }
}

/* RFC 1951 without anything around it: a first block with codes of its own, whose code for code lengths is complete, in bytes that are no
   text. One in a thousand files that are no text passes by chance. */
static bool is_deflate(const uint8_t *text, size_t length) {
    if (length < 32 || (text[0] & 6) != 4) {
        return false;
    }
    uint64_t bits = (uint64_t)little32(text + 4) << 32 | little32(text);
    unsigned counts = (unsigned)(bits >> 13 & 15) + 4;
    if ((bits >> 3 & 31) > 29 || (bits >> 8 & 31) > 29) {
        return false;
    }
    unsigned room = 0;
    for (unsigned i = 0, at = 17; i < counts; i++, at += 3) {
        unsigned code = (text[at >> 3] | text[(at >> 3) + 1] << 8) >> (at & 7) & 7;
        room += code ? 128u >> code : 0;
    }
    unsigned strange = 0;
    unsigned zeros = 0; /* of which UTF-16 has many */
    for (size_t i = 0; i < (length < 64 ? length : 64); i++) {
        zeros += text[i] == 0;
        strange += text[i] >= 0x80 || (text[i] < ' ' && text[i] != '\n' && text[i] != '\r' && text[i] != '\t');
    }
    return room == 128 && strange >= NOT_TEXT && zeros < NOT_TEXT;
}

static const struct {
    bool (*holds)(const uint8_t *text, size_t length);
    const char *kind;
} FORMS[] = {
    {is_bzip2, "bzip2"},   {is_skippable_frame, "zstd"}, {is_zlib, "zlib"}, {is_compress, "compress"},
    {is_arj, "arj"},       {is_lha, "lha"},              {is_arc, "arc"},   {is_dar, "dar"},
    {is_revlog, "Mercurial"}, {is_packed_vmdk, "VMDK"},  {is_cpio, "cpio"},
    {is_openpgp, "OpenPGP"}, {is_lzma, "lzma"},          {is_deflate, "deflate"},
};

const char *packed_kind(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < sizeof MAGICS / sizeof *MAGICS; i++) {
        const struct magic *magic = &MAGICS[i];
        if (length >= (size_t)magic->offset + magic->length && text[magic->offset] == (uint8_t)magic->bytes[0] &&
            memcmp(text + magic->offset, magic->bytes, magic->length) == 0) {
            return magic->kind;
        }
    }
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        if (FORMS[i].holds(text, length)) {
            return FORMS[i].kind;
        }
    }
    return NULL;
}
