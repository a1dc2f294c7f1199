#include "shapes.h"

#include "bytes.h"

static bool literal_stands(const struct check *check, const uint8_t *at, size_t known) {
    for (size_t i = known; i < check->length; i++) {
        if ((check->caseless ? fold_byte(at[i]) : at[i]) != check->literal[i]) {
            return false;
        }
    }
    return true;
}

bool check_stands(const struct check *check, const uint8_t *text, size_t length, size_t start, size_t known) {
    return length - start >= check->length && literal_stands(check, text + start, known);
}

bool check_holds(const struct check *check, struct dfa_trail *trail, const uint8_t *text, size_t length, size_t start, size_t known) {
    if (!check_stands(check, text, length, start, known)) {
        return false;
    }
    size_t end = start + check->length;
    /* What stands before is mostly decided by one byte, what follows by hundreds. */
    return (check->before == NULL || dfa_accepts_before(check->before, text + start, start)) &&
           (check->after == NULL || dfa_accepts_after(check->after, trail, text + end, length - end));
}

bool check_allows(const struct check *check, size_t known, uint8_t next) {
    if (known < check->length) {
        return (check->caseless ? fold_byte(next) : next) == check->literal[known];
    }
    return check->after == NULL || dfa_allows(check->after, next);
}
