#include "run.h"

#include "bytes.h"
#include "sniff.h"

/* Measured with 341 checks over 35 MB of Go and C, MB/s on one core: two lanes 720, three 880, four 975, five 965, six 920,
   eight 850. A lane more costs registers that a stop has to save. Queueing hits instead of stopping at each (with or without
   branches) gave 740 to 910. */
/* Between 4 and 64 KiB no difference; short texts gain from being divided too (1,000 bytes: 2.0 -> 1.4 microseconds). */
#define STRETCH_MIN 64
#define STRETCH_MAX 16384

/* One cursor in one stretch of a text. */
struct lane {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *fresh; /* matches that end at or before this belong to the stretch before */
    const struct text *text; /* NULL: idle */
    uint32_t state;
};

/* Where the next stretch comes from. */
struct cut {
    size_t next_text;
    size_t next_offset;
    size_t stretch;
};

/* Gives the lane the next stretch. It begins `reach - 1` bytes early, so that a literal across the border is seen once. */
static bool next_stretch(struct run *run, struct cut *cut, struct lane *lane) {
    while (cut->next_text < run->count && cut->next_offset >= run->texts[cut->next_text].length) {
        cut->next_text++;
        cut->next_offset = 0;
    }
    if (cut->next_text >= run->count) {
        lane->text = NULL;
        return false;
    }
    const struct text *text = &run->texts[cut->next_text];
    size_t begin = cut->next_offset;
    size_t length = min_size(cut->stretch, text->length - begin);
    size_t early = run->matcher->automaton.reach ? min_size(run->matcher->automaton.reach - 1, begin) : 0;
    lane->text = text;
    lane->at = text->bytes + begin - early;
    lane->fresh = text->bytes + begin;
    lane->end = text->bytes + begin + length;
    lane->state = 0;
    cut->next_offset = begin + length;
    return true;
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
        if (!run_take(run, lane->text, index, end - known, check->caseless ? known : 0, trails)) {
            lane->at = lane->end; /* of a full text no more is asked */
            lane->state = 0;
            return;
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

void run_lanes(struct run *run) {
    const struct automaton *automaton = &run->matcher->automaton;
    size_t total = 0;
    for (size_t i = 0; i < run->count; i++) {
        total = run->texts[i].length > SIZE_MAX - total ? SIZE_MAX : total + run->texts[i].length;
    }
    size_t stretch = total / LANES + 1;
    struct cut cut = {.stretch = stretch < STRETCH_MIN ? STRETCH_MIN : min_size(stretch, STRETCH_MAX)};
    struct lane lanes[LANES];
    bool all = true;
    for (size_t i = 0; i < LANES; i++) {
        all = next_stretch(run, &cut, &lanes[i]) && all;
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
                all = next_stretch(run, &cut, &lanes[i]) && all;
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
