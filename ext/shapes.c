#include "shapes.h"

#include <string.h>

#include "bytes.h"

void membership_fill(uint8_t *members, const uint8_t *bitmap) {
    for (size_t byte = 0; byte < 256; byte++) {
        members[byte] = bitmap[byte >> 3] >> (byte & 7) & 1;
    }
}

static bool literal_stands(const struct check *check, const uint8_t *at, size_t known) {
    if (!check->caseless) {
        return memcmp(at, check->literal, check->length) == 0;
    }
    for (size_t i = known; i < check->length; i++) {
        if (fold_byte(at[i]) != check->literal[i]) {
            return false;
        }
    }
    return true;
}

/* Looks for run_min run bytes in a row, from the far end of each window: a byte that breaks the run there rules out
   every start up to itself, so most windows cost one look. */
static bool run_follows(const struct check *check, const struct entropy_table *table, const uint8_t *text, size_t length) {
    size_t need = check->run_min;
    size_t start = 0;
    while (start <= check->gap && need <= length - start) {
        size_t back = need;
        while (back > 0 && check->run[text[start + back - 1]]) {
            back--;
        }
        if (back > 0) {
            start += back;
            continue;
        }
        if (check->entropy <= 0.0) {
            return true;
        }
        /* start stands at a run's first byte: at the literal's end or after a byte that is none. */
        size_t stop = start + need;
        while (stop < length && check->run[text[stop]]) {
            stop++;
            if (stop - start >= ENTROPY_WINDOW) {
                break;
            }
        }
        if (entropy_reaches(table, text + start, min_size(stop - start, ENTROPY_WINDOW), check->entropy)) {
            return true;
        }
        while (stop < length && stop <= check->gap && check->run[text[stop]]) {
            stop++;
        }
        start = stop;
    }
    return false;
}

bool check_holds(
    const struct check *check, const struct entropy_table *table, const uint8_t *text, size_t length, size_t start, size_t known) {
    if (length - start < check->length || !literal_stands(check, text + start, known)) {
        return false;
    }
    if (check->left != NULL && start > 0 && !check->left[text[start - 1]]) {
        return false;
    }
    size_t end = start + check->length;
    return check->run == NULL || run_follows(check, table, text + end, length - end);
}
