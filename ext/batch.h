/* Matching many texts at once. */
#ifndef SECRETSCAN_BATCH_H
#define SECRETSCAN_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "automaton.h"
#include "confirm.h"
#include "filter.h"
#include "shapes.h"
#include "status.h"

/* Which bytes may be the last of a literal, as it is written, and which may follow, for any check of an accepting state to hold. */
struct surroundings {
    uint32_t last[8];
    uint32_t next[8];
};

struct matcher {
    struct filter *filter;      /* NULL: the automaton finds the literals */
    struct automaton automaton; /* empty if there is a filter */
    struct check *checks;
    size_t count;
    struct dfa *dfas; /* what the checks point into */
    size_t dfa_count;
    size_t candidate_cap; /* a text, unless it is so long that it may have more */
    struct surroundings *surroundings; /* of each accepting state */
    struct confirmer confirmer;        /* without owners all candidates are told */
};

struct text {
    const uint8_t *bytes;
    size_t length;
    uint32_t item; /* its place in the whole batch */
};

struct candidate {
    uint32_t item;
    uint32_t check;
    uint64_t offset; /* of the literal's first byte */
};

struct findings {
    struct candidate *candidates;
    size_t count;
    size_t room;
    struct matches matches; /* by item, owner, start */
    uint32_t *per_item; /* candidates and matches of each item of the batch */
    uint8_t *flags;     /* FLAG_… of each item of the batch */
    size_t items;
};

enum status findings_init(struct findings *findings, size_t items);
void findings_free(struct findings *findings);
/* The candidates from `from` on by item, check, offset. */
void findings_sort(struct findings *findings, size_t from);

/* Takes over `checks` and `dfas` (malloc'd) whatever it returns. Who owns the checks is told to its confirmer afterwards. */
enum status matcher_init(
    struct matcher *matcher, struct check *checks, size_t count, struct dfa *dfas, size_t dfa_count, size_t candidate_cap);
void matcher_free(struct matcher *matcher);

/* Adds what the texts (items ascend) hold to the findings; each item's flags too. The matcher is only read: any number of threads may. */
enum status match_texts(const struct matcher *matcher, const struct text *texts, size_t count, struct findings *findings);

#endif
