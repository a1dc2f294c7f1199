/* One call of the matcher: what the two ways of finding literals share. */
#ifndef SECRETSCAN_RUN_H
#define SECRETSCAN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"

struct heir;

struct run {
    const struct matcher *matcher;
    const struct text *texts;
    size_t count;
    struct dfa_trail *trails; /* one a DFA; for the lanes one a lane and DFA, because lanes are far apart */
    uint32_t *told; /* of each check: 1 + the item in which it was recorded last */
    struct findings *findings;
    struct heir *heir; /* NULL, or takes in place of the findings (inherit.h) */
    enum status status;
};

/* A literal's first `known` bytes stand at `start`: verifies the rest of the check and records it. False if no more is asked of this text. */
bool run_take(struct run *run, const struct text *text, uint32_t check, size_t start, size_t known, struct dfa_trail *trails);

/* Finds literals by the automaton, four cursors side by side. */
#define LANES 4
void run_lanes(struct run *run);
/* Finds them by the filter, text by text. */
void run_filter(struct run *run);
/* Of one text, the literals whose bytes that the filter looks at begin at `from` up to `to`: those that begin at `from` are among them. */
void run_filter_between(struct run *run, const struct text *text, size_t from, size_t to);

#endif
