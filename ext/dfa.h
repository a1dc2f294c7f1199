/* A deterministic automaton over the bytes next to a literal. It walks away from the literal until it knows. */
#ifndef SECRETSCAN_DFA_H
#define SECRETSCAN_DFA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* How a DFA is handed over: `steps` (2 bytes, the lower first), what holds when they are used up (0 or 1), the class of each
   byte, then a row of cells a state, 2 bytes each. A cell is 0 (no), 1 (yes) or 2 + the next state's number. The last cell of a row
   is for the text's end. */
#define DFA_HEAD (2 + 1 + 256)

/* Cells are premultiplied: a state is the index of its row's first cell. */
enum { DFA_ACCEPT = UINT16_MAX - 1, DFA_REJECT = UINT16_MAX };

struct dfa {
    uint16_t *cells;
    uint8_t class_of[256];
    uint32_t allowed[8]; /* the bytes that may be the first where it yet accepts: a set */
    uint16_t classes; /* without the text's end */
    uint16_t steps;
    uint16_t run; /* not 0: it accepts so many bytes of class 1 in a row and nothing else, so most bytes need not be looked at */
    bool beyond;  /* the answer after so many steps */
};

/* STATUS_INVALID if the bytes are no DFA. Free it whatever was returned. */
enum status dfa_read(struct dfa *dfa, const uint8_t *bytes, size_t length);
void dfa_free(struct dfa *dfa);

/* Whether it may yet accept when this byte is the first. */
static inline bool dfa_allows(const struct dfa *dfa, uint8_t first) {
    return dfa->allowed[first >> 5] >> (first & 31) & 1;
}

/* Where the last long walk of a DFA went: its state at places DFA_MARK bytes apart from `first` on, and at its end. A walk that
   comes to such a place in the same state goes the same way, so it leaps to the end. Without this a text made of nothing but a
   keyword is walked over and over (`password=` repeated: 2.6 MB/s before, 23 with it; `eyJ`: 2.8 and 44). All zero: none yet. */
#define DFA_MARK 32
#define DFA_MARKS 16
struct dfa_trail {
    uintptr_t first;
    uintptr_t end;
    uint16_t state; /* at the end; or what was decided there */
    uint16_t marks[DFA_MARKS];
};

/* Whether the bytes at[0], at[1], ... accept, of which `length` are there. A trail is of one DFA, and of texts that stay where they are. */
bool dfa_accepts_after(const struct dfa *dfa, struct dfa_trail *trail, const uint8_t *at, size_t length);
/* The same for at[-1], at[-2], ... */
bool dfa_accepts_before(const struct dfa *dfa, const uint8_t *at, size_t length);

/* What at most `most` bytes decide. An end of the text that lies just behind them is not seen. */
enum dfa_near { NEAR_NO, NEAR_YES, NEAR_FAR };
enum dfa_near dfa_near_after(const struct dfa *dfa, const uint8_t *at, size_t length, size_t most);
enum dfa_near dfa_near_before(const struct dfa *dfa, const uint8_t *at, size_t length, size_t most);

#endif
