#include "dfa.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum { ROW_REJECT = 0, ROW_ACCEPT = 1, ROW_FIRST = 2 }; /* what a cell says as it is handed over */

/* How long the run is that the automaton looks for; 0 if it looks for anything else. */
static uint16_t run_of(const struct dfa *dfa, size_t states) {
    if (dfa->classes != 2 || dfa->beyond) {
        return 0;
    }
    for (size_t state = 0; state < states; state++) {
        const uint16_t *row = dfa->cells + 3 * state;
        uint16_t next = state + 1 < states ? (uint16_t)(3 * (state + 1)) : DFA_ACCEPT;
        if (row[0] != 0 || row[1] != next || row[2] != DFA_REJECT) {
            return 0;
        }
    }
    return (uint16_t)states;
}

/* Whether it may yet accept when a byte of this class is the first. */
static bool allows(const struct dfa *dfa, uint8_t first) {
    if (dfa->run && dfa->run == dfa->steps) {
        return first; /* the run has no room to begin later */
    }
    return dfa->cells[first] != DFA_REJECT;
}

enum status dfa_read(struct dfa *dfa, const uint8_t *bytes, size_t length) {
    *dfa = (struct dfa){0};
    if (length < DFA_HEAD) {
        return STATUS_INVALID;
    }
    dfa->steps = (uint16_t)(bytes[0] | bytes[1] << 8);
    dfa->beyond = bytes[2] != 0;
    memcpy(dfa->class_of, bytes + DFA_HEAD - 256, 256);
    for (size_t byte = 0; byte < 256; byte++) {
        if (dfa->class_of[byte] >= dfa->classes) {
            dfa->classes = (uint16_t)(dfa->class_of[byte] + 1);
        }
    }
    size_t width = (size_t)dfa->classes + 1;
    size_t count = (length - DFA_HEAD) / 2;
    size_t states = count / width;
    if (states == 0 || count >= DFA_ACCEPT || count % width != 0 || (length - DFA_HEAD) % 2 != 0) {
        return STATUS_INVALID;
    }
    dfa->cells = malloc(count * sizeof *dfa->cells);
    if (dfa->cells == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        size_t row = (size_t)(bytes[DFA_HEAD + 2 * i] | bytes[DFA_HEAD + 2 * i + 1] << 8);
        if (row >= states + ROW_FIRST) {
            return STATUS_INVALID;
        }
        dfa->cells[i] = row == ROW_REJECT ? DFA_REJECT : row == ROW_ACCEPT ? DFA_ACCEPT : (uint16_t)((row - ROW_FIRST) * width);
    }
    for (size_t edge = dfa->classes; edge < count; edge += width) {
        if (dfa->cells[edge] < DFA_ACCEPT) {
            return STATUS_INVALID;
        }
    }
    dfa->run = run_of(dfa, states);
    for (size_t byte = 0; byte < 256; byte++) {
        dfa->allowed[byte >> 5] |= (uint32_t)allows(dfa, dfa->class_of[byte]) << (byte & 31);
    }
    return STATUS_OK;
}

void dfa_free(struct dfa *dfa) {
    free(dfa->cells);
    dfa->cells = NULL;
}

/* From `at` to `stop`, or to where it is decided. */
static const uint8_t *walk(const struct dfa *dfa, size_t *state, const uint8_t *at, const uint8_t *stop) {
    size_t now = *state;
    while (at < stop && now < DFA_ACCEPT) {
        now = dfa->cells[now + dfa->class_of[*at++]];
    }
    *state = now;
    return at;
}

/* Whether a walk that is at this place in this state goes where the trail went. Its own first mark must be so near that none of
   its marks has taken the place of one of the trail's. */
static bool leads(const struct dfa_trail *trail, size_t state, uintptr_t place, uintptr_t first, const uint8_t *text_end) {
    bool within = trail->first <= place && place < trail->end && trail->end <= (uintptr_t)text_end;
    return within && trail->end - first <= DFA_MARK * DFA_MARKS && trail->marks[place / DFA_MARK % DFA_MARKS] == state;
}

/* A run of n bytes covers every n-th byte, so only those are looked at until one is of the class. */
static bool has_run(const struct dfa *dfa, const uint8_t *at, size_t length) {
    size_t run = dfa->run;
    size_t free_from = 0; /* no run begins before */
    size_t i = run - 1;
    while (i < length) {
        if (!dfa->class_of[at[i]]) {
            free_from = i + 1;
            i += run;
            continue;
        }
        size_t begin = i;
        while (begin > free_from && dfa->class_of[at[begin - 1]]) {
            begin--;
        }
        size_t end = i + 1;
        while (end < length && end - begin < run && dfa->class_of[at[end]]) {
            end++;
        }
        if (end - begin >= run) {
            return true;
        }
        free_from = end + 1;
        i = end + run;
    }
    return false;
}

bool dfa_accepts_after(const struct dfa *dfa, struct dfa_trail *trail, const uint8_t *at, size_t length) {
    if (dfa->run) {
        return has_run(dfa, at, min_size(dfa->steps, length));
    }
    const uint8_t *text_end = at + length;
    const uint8_t *stop = at + min_size(dfa->steps, length);
    size_t state = 0;
    uintptr_t first = 0; /* mark of this walk */
    bool leapt = false;
    while (at < stop && state < DFA_ACCEPT) {
        size_t ahead = DFA_MARK - (uintptr_t)at % DFA_MARK;
        at = walk(dfa, &state, at, at + min_size(ahead, (size_t)(stop - at)));
        uintptr_t place = (uintptr_t)at;
        if (state >= DFA_ACCEPT || place % DFA_MARK != 0) {
            continue;
        }
        first = first ? first : place;
        if (!leapt && leads(trail, state, place, first, text_end)) {
            leapt = true;
            at += trail->end - place;
            state = trail->state;
            if (at > stop) {
                *trail = (struct dfa_trail){0}; /* rare: it is of a walk that began behind this one */
                return dfa->beyond;             /* the steps are used up before anything is decided */
            }
            continue;
        }
        trail->marks[place / DFA_MARK % DFA_MARKS] = (uint16_t)state;
        if (place - first >= DFA_MARK * DFA_MARKS) {
            first = place - DFA_MARK * (DFA_MARKS - 1);
        }
    }
    if (first) {
        trail->first = first;
        trail->end = (uintptr_t)at;
        trail->state = (uint16_t)state;
    }
    if (state >= DFA_ACCEPT) {
        return state == DFA_ACCEPT;
    }
    return dfa->steps <= length ? dfa->beyond : dfa->cells[state + dfa->classes] == DFA_ACCEPT;
}

bool dfa_accepts_before(const struct dfa *dfa, const uint8_t *at, size_t length) {
    size_t steps = min_size(dfa->steps, length);
    size_t state = 0;
    for (size_t i = 1; i <= steps; i++) {
        state = dfa->cells[state + dfa->class_of[*(at - i)]];
        if (state >= DFA_ACCEPT) {
            return state == DFA_ACCEPT;
        }
    }
    return steps == dfa->steps ? dfa->beyond : dfa->cells[state + dfa->classes] == DFA_ACCEPT;
}

/* After a walk of `steps` bytes that decided nothing. */
static enum dfa_near near_end(const struct dfa *dfa, size_t state, size_t steps, size_t length, size_t most) {
    if (steps == dfa->steps) {
        return dfa->beyond ? NEAR_YES : NEAR_NO;
    }
    if (steps == length && length < most) {
        return dfa->cells[state + dfa->classes] == DFA_ACCEPT ? NEAR_YES : NEAR_NO;
    }
    return NEAR_FAR;
}

enum dfa_near dfa_near_after(const struct dfa *dfa, const uint8_t *at, size_t length, size_t most) {
    size_t steps = min_size(dfa->steps, min_size(length, most));
    size_t state = 0;
    walk(dfa, &state, at, at + steps);
    return state >= DFA_ACCEPT ? (state == DFA_ACCEPT ? NEAR_YES : NEAR_NO) : near_end(dfa, state, steps, length, most);
}

enum dfa_near dfa_near_before(const struct dfa *dfa, const uint8_t *at, size_t length, size_t most) {
    size_t steps = min_size(dfa->steps, min_size(length, most));
    size_t state = 0;
    for (size_t i = 1; i <= steps && state < DFA_ACCEPT; i++) {
        state = dfa->cells[state + dfa->class_of[*(at - i)]];
    }
    return state >= DFA_ACCEPT ? (state == DFA_ACCEPT ? NEAR_YES : NEAR_NO) : near_end(dfa, state, steps, length, most);
}
