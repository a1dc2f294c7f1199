#ifndef SECRETSCAN_LINES_H
#define SECRETSCAN_LINES_H

#include <stddef.h>
#include <stdint.h>

struct line_count {
    size_t newlines;
    size_t after; /* bytes after the last newline; all of them if there is none */
};

struct line_count count_newlines(const uint8_t *data, size_t length);

#endif
