/* What must stand around a literal before it is worth a record. */
#ifndef SECRETSCAN_SHAPES_H
#define SECRETSCAN_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfa.h"

struct check {
    const uint8_t *literal;   /* the caller's, as long as the check lives; lower case if caseless */
    const struct dfa *before; /* over the bytes before the literal, the nearest first; NULL: anything may stand there */
    const struct dfa *after;  /* over the bytes behind it; NULL: anything */
    uint8_t length;
    bool caseless;
    bool once; /* one place in a text is enough: a mark of what the text is */
};

/* Whether the check can hold if its first `known` bytes stand there and this byte is the next. */
bool check_allows(const struct check *check, size_t known, uint8_t next);

/* Whether its literal stands at `start` (<= length), of which the `known` first bytes are already seen to. */
bool check_stands(const struct check *check, const uint8_t *text, size_t length, size_t start, size_t known);

/* Whether the check holds in text with its literal beginning at `start` (<= length). Of the literal, `known` first bytes are
   already seen to stand there. The trail is that of `after`, if there is one. */
bool check_holds(const struct check *check, struct dfa_trail *trail, const uint8_t *text, size_t length, size_t start, size_t known);

#endif
