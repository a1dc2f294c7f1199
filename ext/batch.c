#include "batch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "inherit.h"
#include "run.h"
#include "sniff.h"

/* Candidates of one call, whatever the cap of a text: a batch of hostile texts must not fill the memory. */
#define BATCH_CAP ((size_t)1 << 20)
/* Bytes to a candidate, on an average, that a text may have beyond its cap: a dump of short passwords has one in thirty. */
#define BYTES_A_CANDIDATE 8

enum status findings_init(struct findings *findings, size_t items) {
    *findings = (struct findings){.items = items};
    if (items >= UINT32_MAX) {
        return STATUS_TOO_LARGE;
    }
    findings->per_item = calloc(items ? items : 1, sizeof *findings->per_item);
    findings->flags = calloc(items ? items : 1, sizeof *findings->flags);
    return findings->per_item && findings->flags ? STATUS_OK : STATUS_NO_MEMORY;
}

void findings_free(struct findings *findings) {
    free(findings->candidates);
    free(findings->matches.items);
    free(findings->per_item);
    free(findings->flags);
    *findings = (struct findings){0};
}

static int compare_candidates(const void *left, const void *right) {
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->item != b->item) {
        return a->item < b->item ? -1 : 1;
    }
    if (a->check != b->check) {
        return a->check < b->check ? -1 : 1;
    }
    return (a->offset > b->offset) - (a->offset < b->offset);
}

void findings_sort(struct findings *findings, size_t from) {
    if (findings->count > from + 1) {
        qsort(findings->candidates + from, findings->count - from, sizeof *findings->candidates, compare_candidates);
    }
}

/* Most literals that stand somewhere are told by the case of their last byte or by the next one not to be meant; then a lane need not
   stop. */
static enum status choose_surroundings(struct matcher *matcher) {
    const struct automaton *automaton = &matcher->automaton;
    matcher->surroundings = calloc(automaton->accepts ? automaton->accepts : 1, sizeof *matcher->surroundings);
    if (matcher->surroundings == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t state = 0; state < automaton->accepts; state++) {
        for (uint32_t i = automaton->output_from[state]; i < automaton->output_from[state + 1]; i++) {
            const struct check *check = &matcher->checks[automaton->outputs[i]];
            size_t known = min_size(check->length, LITERAL_CUT);
            struct surroundings *around = &matcher->surroundings[state];
            uint8_t last = check->literal[known - 1];
            for (unsigned byte = 0; byte < 256; byte++) {
                uint32_t ends = (check->caseless ? fold_byte((uint8_t)byte) : byte) == last;
                around->last[byte >> 5] |= ends << (byte & 31);
                around->next[byte >> 5] |= (uint32_t)check_allows(check, known, (uint8_t)byte) << (byte & 31);
            }
        }
    }
    return STATUS_OK;
}

enum status matcher_init(
    struct matcher *matcher, struct check *checks, size_t count, struct dfa *dfas, size_t dfa_count, size_t candidate_cap) {
    *matcher = (struct matcher){
        .checks = checks,
        .count = count,
        .dfas = dfas,
        .dfa_count = dfa_count,
        .candidate_cap = min_size(candidate_cap, UINT32_MAX),
    };
    enum status status = filter_build(&matcher->filter, checks, count);
    if (status != STATUS_OK || matcher->filter != NULL) {
        return status;
    }
    struct literal *literals = count > SIZE_MAX / sizeof *literals ? NULL : malloc((count ? count : 1) * sizeof *literals);
    if (literals == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        literals[i] = (struct literal){checks[i].literal, checks[i].length};
    }
    status = automaton_build(&matcher->automaton, literals, count);
    free(literals);
    return status == STATUS_OK ? choose_surroundings(matcher) : status;
}

void matcher_free(struct matcher *matcher) {
    confirmer_free(&matcher->confirmer);
    filter_free(matcher->filter);
    automaton_free(&matcher->automaton);
    free(matcher->checks);
    free(matcher->surroundings);
    for (size_t i = 0; i < matcher->dfa_count; i++) {
        dfa_free(&matcher->dfas[i]);
    }
    free(matcher->dfas);
    *matcher = (struct matcher){0};
}

static void record(struct run *run, const struct text *text, uint32_t check, size_t offset) {
    struct findings *findings = run->findings;
    uint32_t item = text->item;
    size_t told = findings->per_item[item];
    if ((told >= run->matcher->candidate_cap && told >= text->length / BYTES_A_CANDIDATE) || findings->count >= BATCH_CAP) {
        findings->flags[item] |= FLAG_FULL;
        return;
    }
    run->status = grow_array((void **)&findings->candidates, &findings->room, findings->count + 1, sizeof *findings->candidates);
    if (run->status == STATUS_OK) {
        findings->candidates[findings->count++] = (struct candidate){item, check, offset};
        findings->per_item[item]++;
    }
}

bool run_take(struct run *run, const struct text *text, uint32_t check, size_t start, size_t known, struct dfa_trail *trails) {
    if (run->heir != NULL) {
        return heir_take(run->heir, text, check, start, known);
    }
    const struct check *taken = &run->matcher->checks[check];
    struct dfa_trail *trail = taken->after == NULL ? NULL : &trails[taken->after - run->matcher->dfas];
    if (taken->once && run->told[check] == text->item + 1) {
        return true;
    }
    if (!check_holds(taken, trail, text->bytes, text->length, start, known)) {
        return true;
    }
    record(run, text, check, start);
    run->told[check] = text->item + 1;
    return run->status == STATUS_OK && !(run->findings->flags[text->item] & FLAG_FULL);
}

enum status match_texts(const struct matcher *matcher, const struct text *texts, size_t count, struct findings *findings) {
    for (size_t i = 0; i < count; i++) {
        findings->flags[texts[i].item] |= sniff(texts[i].bytes, texts[i].length);
    }
    size_t before = findings->count;
    struct run run = {.matcher = matcher, .texts = texts, .count = count, .findings = findings, .status = STATUS_OK};
    size_t cursors = matcher->filter == NULL ? LANES : 1;
    run.trails = calloc(cursors * matcher->dfa_count + 1, sizeof *run.trails);
    run.told = calloc(matcher->count + 1, sizeof *run.told);
    if (run.trails == NULL || run.told == NULL) {
        free(run.trails);
        free(run.told);
        return STATUS_NO_MEMORY;
    }
    if (matcher->filter == NULL) {
        run_lanes(&run);
    } else {
        run_filter(&run);
    }
    free(run.trails);
    free(run.told);
    if (run.status != STATUS_OK || matcher->confirmer.count == 0) {
        return run.status;
    }
    return confirm_texts(&matcher->confirmer, texts, count, findings, before);
}
