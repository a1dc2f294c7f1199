#include "tar_header.h"

#include <string.h>

#include "bytes.h"

#define NAME_AT 0
#define NAME_SIZE 100
#define MODE_AT 100
#define MODE_SIZE 8
#define SIZE_AT 124
#define SIZE_SIZE 12
#define CHECKSUM_AT 148
#define CHECKSUM_SIZE 8
#define TYPE_AT 156
#define LINK_AT 157
#define LINK_SIZE 100
#define MAGIC_AT 257
#define PREFIX_AT 345
#define PREFIX_SIZE 155
#define GNU_SPARSE_MORE_AT 482
#define GNU_SPARSE_BLOCK_MORE_AT 504

bool tar_bytes_are_zero(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

bool tar_block_is_zero(const uint8_t *block) {
    return tar_bytes_are_zero(block, TAR_BLOCK);
}

/* Octal digits among leading spaces and trailing spaces and NULs. -1 if there is anything else; 0 of an empty field. */
static int64_t octal(const uint8_t *field, size_t length) {
    size_t at = 0;
    int64_t value = 0;
    while (at < length && field[at] == ' ') {
        at++;
    }
    for (; at < length && field[at] >= '0' && field[at] <= '7'; at++) {
        value = value * 8 + (field[at] - '0'); /* at most 12 digits: 36 bits */
    }
    for (; at < length; at++) {
        if (field[at] == 0) {
            break; /* what stands after the first NUL is nobody's */
        }
        if (field[at] != ' ') {
            return -1;
        }
    }
    return value;
}

/* GNU: a first byte with the high bit makes the field one big-endian two's complement number. */
static int64_t number(const uint8_t *field, size_t length) {
    if (!(field[0] & 0x80)) {
        return octal(field, length);
    }
    if (field[0] & 0x40) {
        return -1; /* negative */
    }
    uint64_t value = field[0] & 0x3f;
    for (size_t i = 1; i < length; i++) {
        if (value > (uint64_t)INT64_MAX >> 8) {
            return -1;
        }
        value = value << 8 | field[i];
    }
    return (int64_t)value;
}

bool tar_checksum_holds(const uint8_t *block) {
    int64_t unsigned_sum = CHECKSUM_SIZE * ' ';
    int64_t signed_sum = CHECKSUM_SIZE * ' ';
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_SIZE) {
            unsigned_sum += block[i];
            signed_sum += block[i] < 0x80 ? block[i] : block[i] - 0x100;
        }
    }
    int64_t stated = octal(block + CHECKSUM_AT, CHECKSUM_SIZE);
    return stated == unsigned_sum || stated == signed_sum;
}

uint8_t tar_header_type(const uint8_t *block) {
    return block[TYPE_AT];
}

int64_t tar_header_size(const uint8_t *block) {
    return number(block + SIZE_AT, SIZE_SIZE);
}

uint32_t tar_header_mode(const uint8_t *block) {
    int64_t mode = number(block + MODE_AT, MODE_SIZE);
    return mode < 0 || mode > UINT32_MAX ? 0 : (uint32_t)mode;
}

static size_t text_length(const uint8_t *field, size_t length) {
    const uint8_t *end = memchr(field, 0, length);
    return end ? (size_t)(end - field) : length;
}

size_t tar_header_name(const uint8_t *block, uint8_t *name) {
    size_t used = 0;
    if (memcmp(block + MAGIC_AT, "ustar", 6) == 0) { /* with its NUL: GNU keeps times where ustar has the prefix */
        used = text_length(block + PREFIX_AT, PREFIX_SIZE);
        memcpy(name, block + PREFIX_AT, used);
        if (used > 0) {
            name[used++] = '/';
        }
    }
    size_t length = text_length(block + NAME_AT, NAME_SIZE);
    memcpy(name + used, block + NAME_AT, length);
    return used + length;
}

size_t tar_header_link(const uint8_t *block, uint8_t *name) {
    size_t length = text_length(block + LINK_AT, LINK_SIZE);
    memcpy(name, block + LINK_AT, length);
    return length;
}

bool tar_type_is_bare(uint8_t type) {
    return type >= '1' && type <= '6';
}

uint8_t tar_plain_type(uint8_t type, const struct tar_name *name, int64_t size) {
    if (type == 0 && size == 0 && name->length > 0 && name->bytes[name->length - 1] == '/') {
        return '5';
    }
    return type == 0 || type == '7' || type == 'S' ? '0' : type;
}

bool tar_header_sparse_goes_on(const uint8_t *block) {
    return block[GNU_SPARSE_MORE_AT] != 0;
}

bool tar_sparse_block_goes_on(const uint8_t *block) {
    return block[GNU_SPARSE_BLOCK_MORE_AT] != 0;
}
