/* Cutting `git cat-file --batch` output: "<id> <type> <size>\n<content>\n", or "<id> missing\n". */
#ifndef SECRETSCAN_OBJECTS_H
#define SECRETSCAN_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

struct object {
    size_t id_start;
    size_t id_length; /* 40 (sha1) or 64 (sha256) hex digits */
    size_t type_start;
    size_t type_length;
    size_t start; /* of the content; start == end for a missing object */
    size_t end;
    size_t next; /* the first byte after it */
};

enum object_result {
    OBJECT_WHOLE,
    OBJECT_UNFINISHED, /* its end is not in the data */
    OBJECT_MALFORMED,
};

enum object_result next_object(const uint8_t *data, size_t length, size_t from, struct object *object);

#endif
