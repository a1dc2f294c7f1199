/* Packed content that begins somewhere within other bytes: behind a script, in a program, in a disk image. */
#ifndef SECRETSCAN_EMBEDDED_H
#define SECRETSCAN_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

struct embedded {
    const char *kind; /* NULL: nothing more */
    size_t offset;
};

/* The first packed content that begins at `from` or behind it, by its magic and what else its header must hold. A stream that inflates is
   told by where that stream begins. */
struct embedded find_embedded(const uint8_t *data, size_t length, size_t from);

#endif
