#include "batch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "sniff.h"

/* Measured with 341 checks over 35 MB of Go and C, MB/s on one core: two lanes 720, three 880, four 975, five 965, six 920,
   eight 850. A lane more costs registers that a stop has to save. Queueing hits instead of stopping at each (with or without
   branches) gave 740 to 910. */
#define LANES 4
/* Between 4 and 64 KiB no difference; short texts gain from being divided too (1,000 bytes: 2.0 -> 1.4 microseconds). */
#define STRETCH_MIN 64
#define STRETCH_MAX 16384
/* Candidates of one call, whatever the cap of a text: a batch of hostile texts must not fill the memory. */
#define BATCH_CAP ((size_t)1 << 20)

/* One cursor in one stretch of a text. */
struct lane {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *fresh; /* matches that end at or before this belong to the stretch before */
    const struct text *text; /* NULL: idle */
    uint32_t state;
};

struct run {
    const struct matcher *matcher;
    const struct text *texts;
    size_t count;
    size_t next_text; /* where the next stretch comes from */
    size_t next_offset;
    size_t stretch;
    struct dfa_trail *trails; /* for each lane one a DFA: lanes are far apart */
    struct findings *findings;
    enum status status;
};

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

void findings_sort(struct findings *findings) {
    if (findings->count > 1) {
        qsort(findings->candidates, findings->count, sizeof *findings->candidates, compare_candidates);
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
    struct literal *literals = count > SIZE_MAX / sizeof *literals ? NULL : malloc((count ? count : 1) * sizeof *literals);
    if (literals == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        literals[i] = (struct literal){checks[i].literal, checks[i].length};
    }
    enum status status = automaton_build(&matcher->automaton, literals, count);
    free(literals);
    return status == STATUS_OK ? choose_surroundings(matcher) : status;
}

void matcher_free(struct matcher *matcher) {
    automaton_free(&matcher->automaton);
    free(matcher->checks);
    free(matcher->surroundings);
    for (size_t i = 0; i < matcher->dfa_count; i++) {
        dfa_free(&matcher->dfas[i]);
    }
    free(matcher->dfas);
    *matcher = (struct matcher){0};
}

/* Gives the lane the next stretch. It begins `reach - 1` bytes early, so that a literal across the border is seen once. */
static bool next_stretch(struct run *run, struct lane *lane) {
    while (run->next_text < run->count && run->next_offset >= run->texts[run->next_text].length) {
        run->next_text++;
        run->next_offset = 0;
    }
    if (run->next_text >= run->count) {
        lane->text = NULL;
        return false;
    }
    const struct text *text = &run->texts[run->next_text];
    size_t begin = run->next_offset;
    size_t length = min_size(run->stretch, text->length - begin);
    size_t early = run->matcher->automaton.reach ? min_size(run->matcher->automaton.reach - 1, begin) : 0;
    lane->text = text;
    lane->at = text->bytes + begin - early;
    lane->fresh = text->bytes + begin;
    lane->end = text->bytes + begin + length;
    lane->state = 0;
    run->next_offset = begin + length;
    return true;
}

static void record(struct run *run, struct lane *lane, uint32_t check, size_t offset) {
    struct findings *findings = run->findings;
    uint32_t item = lane->text->item;
    if (findings->per_item[item] >= run->matcher->candidate_cap || findings->count >= BATCH_CAP) {
        findings->flags[item] |= FLAG_FULL;
        return;
    }
    enum status status =
        grow_array((void **)&findings->candidates, &findings->room, findings->count + 1, sizeof *findings->candidates);
    if (status != STATUS_OK) {
        run->status = status;
        return;
    }
    findings->candidates[findings->count++] = (struct candidate){item, check, offset};
    findings->per_item[item]++;
}

/* The lane stands in an accepting state: some literals, or their first bytes, end here. */
static void look(struct run *run, struct lane *lane, size_t lane_number) {
    const struct automaton *automaton = &run->matcher->automaton;
    if (lane->at <= lane->fresh) {
        return;
    }
    size_t end = (size_t)(lane->at - lane->text->bytes);
    struct dfa_trail *trails = run->trails + lane_number * run->matcher->dfa_count;
    uint32_t number = automaton_accepted(automaton, lane->state);
    for (uint32_t i = automaton->output_from[number]; i < automaton->output_from[number + 1]; i++) {
        uint32_t index = automaton->outputs[i];
        const struct check *check = &run->matcher->checks[index];
        size_t known = min_size(check->length, LITERAL_CUT);
        struct dfa_trail *trail = check->after == NULL ? NULL : &trails[check->after - run->matcher->dfas];
        if (check_holds(check, trail, lane->text->bytes, lane->text->length, end - known, known)) {
            record(run, lane, index, end - known);
            if (run->findings->flags[lane->text->item] & FLAG_FULL || run->status != STATUS_OK) {
                lane->at = lane->end; /* of a full text no more is asked */
                lane->state = 0;
                return;
            }
        }
    }
}

static inline bool holds_byte(const uint32_t *set, uint8_t byte) {
    return set[byte >> 5] >> (byte & 31) & 1;
}

/* Whether a lane must stop: it accepts, and the bytes before and behind its place allow some check. */
static inline bool stops(const struct matcher *matcher, uint32_t state, const uint8_t *place) {
    if (state < matcher->automaton.accepting) {
        return false;
    }
    const struct surroundings *around = &matcher->surroundings[automaton_accepted(&matcher->automaton, state)];
    return holds_byte(around->last, place[-1]) && holds_byte(around->next, place[0]);
}

/* Walks all four lanes `steps` bytes, or less: it stops as soon as one must. Written out, because the compiler keeps
   named cursors in registers but not arrays. States of 32 bits: with size_t it is 7 % slower. */
static void walk_four(const struct matcher *matcher, struct lane *lanes, size_t steps) {
    const struct automaton *automaton = &matcher->automaton;
    const uint32_t *cells = automaton->cells;
    const uint8_t *class_of = automaton->class_of;
    const uint32_t accepting = automaton->accepting;
    const uint8_t *at0 = lanes[0].at, *at1 = lanes[1].at, *at2 = lanes[2].at, *at3 = lanes[3].at;
    uint32_t state0 = lanes[0].state, state1 = lanes[1].state, state2 = lanes[2].state, state3 = lanes[3].state;
    size_t i = 0;
    while (i < steps) {
        state0 = cells[(size_t)state0 + class_of[at0[i]]];
        state1 = cells[(size_t)state1 + class_of[at1[i]]];
        state2 = cells[(size_t)state2 + class_of[at2[i]]];
        state3 = cells[(size_t)state3 + class_of[at3[i]]];
        i++;
        if ((state0 >= accepting || state1 >= accepting || state2 >= accepting || state3 >= accepting) &&
            (i == steps || stops(matcher, state0, at0 + i) || stops(matcher, state1, at1 + i) || stops(matcher, state2, at2 + i) ||
             stops(matcher, state3, at3 + i))) {
            break;
        }
    }
    lanes[0].at = at0 + i, lanes[1].at = at1 + i, lanes[2].at = at2 + i, lanes[3].at = at3 + i;
    lanes[0].state = state0, lanes[1].state = state1, lanes[2].state = state2, lanes[3].state = state3;
}

static void walk_one(const struct automaton *automaton, struct lane *lane) {
    const uint8_t *at = lane->at;
    size_t state = lane->state;
    while (at < lane->end) {
        state = automaton->cells[state + automaton->class_of[*at++]];
        if (state >= automaton->accepting) {
            break;
        }
    }
    lane->at = at;
    lane->state = (uint32_t)state;
}

static void run_lanes(struct run *run) {
    const struct automaton *automaton = &run->matcher->automaton;
    struct lane lanes[LANES];
    bool all = true;
    for (size_t i = 0; i < LANES; i++) {
        all = next_stretch(run, &lanes[i]) && all;
    }
    while (all) {
        size_t steps = SIZE_MAX;
        for (size_t i = 0; i < LANES; i++) {
            steps = min_size(steps, (size_t)(lanes[i].end - lanes[i].at));
        }
        walk_four(run->matcher, lanes, steps);
        for (size_t i = 0; i < LANES; i++) {
            if (lanes[i].state >= automaton->accepting) {
                look(run, &lanes[i], i);
                if (run->status != STATUS_OK) {
                    return;
                }
            }
            if (lanes[i].at == lanes[i].end) {
                all = next_stretch(run, &lanes[i]) && all;
            }
        }
    }
    for (size_t i = 0; i < LANES; i++) {
        while (lanes[i].text != NULL && lanes[i].at < lanes[i].end) {
            walk_one(automaton, &lanes[i]);
            if (lanes[i].state >= automaton->accepting) {
                look(run, &lanes[i], i);
                if (run->status != STATUS_OK) {
                    return;
                }
            }
        }
    }
}

enum status match_texts(const struct matcher *matcher, const struct text *texts, size_t count, struct findings *findings) {
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        findings->flags[texts[i].item] |= sniff(texts[i].bytes, texts[i].length);
        total = texts[i].length > SIZE_MAX - total ? SIZE_MAX : total + texts[i].length;
    }
    size_t stretch = total / LANES + 1;
    stretch = stretch < STRETCH_MIN ? STRETCH_MIN : min_size(stretch, STRETCH_MAX);
    struct run run = {.matcher = matcher, .texts = texts, .count = count, .stretch = stretch, .findings = findings, .status = STATUS_OK};
    run.trails = calloc(LANES * matcher->dfa_count + 1, sizeof *run.trails);
    if (run.trails == NULL) {
        return STATUS_NO_MEMORY;
    }
    run_lanes(&run);
    free(run.trails);
    return run.status;
}
