#include "lines.h"

struct line_count count_newlines(const uint8_t *data, size_t length) {
    struct line_count count = {0, 0};
    for (size_t i = 0; i < length; i++) {
        count.newlines += data[i] == '\n';
    }
    while (count.after < length && data[length - 1 - count.after] != '\n') {
        count.after++;
    }
    return count;
}
