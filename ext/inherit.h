/* Where literals stand in an object that is made from another: what the base knew is carried through copies, and only inserted bytes and the
   surroundings of junctions are searched. The outcome is that of searching all of it. */
#ifndef SECRETSCAN_INHERIT_H
#define SECRETSCAN_INHERIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "family.h"
#include "run.h"

/* Bytes on both sides of a literal's first byte by which a check is decided, or else is `far`. More than any literal with its neighbours. */
#define CONTEXT 96

/* Of a record: the check holds; bytes further away than CONTEXT were asked for; one place in a text is enough. */
#define RECORD_HELD (UINT32_C(1) << 31)
#define RECORD_FAR (UINT32_C(1) << 30)
#define RECORD_ONCE (UINT32_C(1) << 29)
#define RECORD_CHECK (RECORD_ONCE - 1)

/* One thread's search. */
struct heir {
    const struct matcher *matcher;
    struct run run;
    struct text text;
    size_t from; /* literals that begin from here up to `to` are asked for */
    size_t to;
    size_t longest; /* literal */
    uint32_t *told; /* of each check: the version of the text in which it was recorded last */
    uint32_t version;
    uint32_t *walked; /* trails that are not empty */
    size_t walked_count;
    struct records *into;
    bool plain;   /* literals cannot be searched for in parts of a text: nothing is ever known */
    bool crowded; /* there are too many records to keep */
};

/* Free it whatever was returned. */
enum status heir_init(struct heir *heir, const struct matcher *matcher);
void heir_free(struct heir *heir);

/* Fills `into`, by offset, with what stands in `bytes`; from `base` and `delta` if there are any. Too much to keep is not
   `known`: then there are none. */
enum status heir_search(
    struct heir *heir, const uint8_t *bytes, size_t length, const struct records *base, const struct delta *delta, struct records *into);

/* A check's literal has its first `known` bytes at `start`: of run_take. */
bool heir_take(struct heir *heir, const struct text *text, uint32_t check, size_t start, size_t known);

#endif
