#include "objects.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"

/* 64 hex digits, the longest type, 20 digits and what is between them. */
#define HEADER_MAX 128

static const char *const TYPES[] = {"blob", "tree", "commit", "tag"};

static bool is_id(const uint8_t *text, size_t length) {
    if (length != 40 && length != 64) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f')) {
            return false;
        }
    }
    return true;
}

static bool names(const uint8_t *text, size_t length, const char *word) {
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

static bool is_type(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (names(text, length, TYPES[i])) {
            return true;
        }
    }
    return false;
}

static bool read_size(const uint8_t *text, size_t length, size_t *size) {
    size_t value = 0;
    if (length == 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || value > (SIZE_MAX - 9) / 10) {
            return false;
        }
        value = value * 10 + (size_t)(text[i] - '0');
    }
    *size = value;
    return true;
}

enum object_result next_object(const uint8_t *data, size_t length, size_t from, struct object *object) {
    size_t visible = min_size(length - from, HEADER_MAX);
    if (visible == 0) {
        return OBJECT_UNFINISHED;
    }
    const uint8_t *header = data + from;
    const uint8_t *newline = memchr(header, '\n', visible);
    if (newline == NULL) {
        return visible == HEADER_MAX ? OBJECT_MALFORMED : OBJECT_UNFINISHED;
    }
    size_t line = (size_t)(newline - header);
    const uint8_t *space = memchr(header, ' ', line);
    if (space == NULL || !is_id(header, (size_t)(space - header))) {
        return OBJECT_MALFORMED;
    }
    object->id_start = from;
    object->id_length = (size_t)(space - header);
    const uint8_t *type = space + 1;
    size_t rest = line - object->id_length - 1;
    object->type_start = from + object->id_length + 1;
    object->start = from + line + 1;
    if (names(type, rest, "missing")) {
        object->type_length = rest;
        object->end = object->next = object->start;
        return OBJECT_WHOLE;
    }
    space = memchr(type, ' ', rest);
    size_t size;
    if (space == NULL || !is_type(type, (size_t)(space - type)) || !read_size(space + 1, (size_t)(newline - space - 1), &size)) {
        return OBJECT_MALFORMED;
    }
    object->type_length = (size_t)(space - type);
    if (size >= length - object->start) {
        return OBJECT_UNFINISHED;
    }
    object->end = object->start + size;
    object->next = object->end + 1;
    return data[object->end] == '\n' ? OBJECT_WHOLE : OBJECT_MALFORMED;
}
