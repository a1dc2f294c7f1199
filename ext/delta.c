#include "delta.h"

#include <string.h>

#define COPY 0x80
#define WHOLE_COPY 0x10000 /* what a size of 0 stands for */

static bool read_size(struct delta *delta, size_t *size) {
    *size = 0;
    for (unsigned shift = 0; delta->at < delta->end && shift < 63; shift += 7) {
        uint8_t byte = *delta->at++;
        *size |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return true;
        }
    }
    return false;
}

bool delta_open(struct delta *delta, const uint8_t *bytes, size_t length) {
    *delta = (struct delta){.at = bytes, .end = bytes + length};
    return read_size(delta, &delta->base_size) && read_size(delta, &delta->size);
}

enum delta_result delta_next(struct delta *delta, struct delta_step *step) {
    if (delta->at == delta->end) {
        return DELTA_END;
    }
    uint8_t command = *delta->at++;
    if (!(command & COPY)) {
        if (command == 0 || (size_t)(delta->end - delta->at) < command) {
            return DELTA_MALFORMED;
        }
        *step = (struct delta_step){delta->at, 0, command};
        delta->at += command;
        return DELTA_STEP;
    }
    size_t from = 0;
    size_t length = 0;
    for (unsigned i = 0; i < 7; i++) {
        if (!(command >> i & 1)) {
            continue;
        }
        if (delta->at == delta->end) {
            return DELTA_MALFORMED;
        }
        size_t byte = *delta->at++;
        if (i < 4) {
            from |= byte << (8 * i);
        } else {
            length |= byte << (8 * (i - 4));
        }
    }
    length = length ? length : WHOLE_COPY;
    if (length > delta->base_size || from > delta->base_size - length) {
        return DELTA_MALFORMED;
    }
    *step = (struct delta_step){NULL, from, length};
    return DELTA_STEP;
}

bool delta_apply(struct delta delta, const uint8_t *base, uint8_t *into) {
    size_t left = delta.size;
    struct delta_step step;
    enum delta_result result;
    while ((result = delta_next(&delta, &step)) == DELTA_STEP) {
        if (step.length > left) {
            return false;
        }
        memcpy(into, step.inserted ? step.inserted : base + step.from, step.length);
        into += step.length;
        left -= step.length;
    }
    return result == DELTA_END && left == 0;
}
