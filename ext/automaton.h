/* Aho-Corasick over case-folded bytes: which literals may end here.

   Rows are dense over byte classes and premultiplied: a state is the index of its row's first cell, a step is
   state = cells[state + class_of[byte]]. Accepting states are numbered last, so one compare tells them; the cell behind their
   row's classes tells which of them it is. */
#ifndef SECRETSCAN_AUTOMATON_H
#define SECRETSCAN_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Only so many first bytes of a literal are in the automaton; the rest is the caller's to verify. Measured with 341 checks, MB/s
   and states: 3 bytes 385 (446), 4 648 (743), 6 905 (1,222), 8 976 (1,493), 10 981 (1,590), whole 970 (1,652). Past 8 bytes
   nothing was gained with few rules; with all 944 (2,500 literals) 6 bytes make a table of 1.1 MB rather than 1.8 and 394 rather than 364. */
#define LITERAL_CUT 6

struct literal {
    const uint8_t *bytes;
    size_t length; /* at least 1 */
};

struct automaton {
    uint8_t class_of[256];
    uint32_t classes; /* a row has one cell more */
    uint32_t states;
    uint32_t accepts;      /* states that accept */
    uint32_t accepting;    /* the first accepting state, premultiplied */
    uint32_t reach;        /* bytes of the longest (cut) literal */
    uint32_t *cells;       /* 16-bit cells in rows of a power of two gained nothing: the shift costs what the cache gives */
    uint32_t *output_from; /* of accepting state number i: outputs[output_from[i]] up to outputs[output_from[i + 1]] */
    uint32_t *outputs;     /* literal numbers, those of suffixes too */
};

enum status automaton_build(struct automaton *automaton, const struct literal *literals, size_t count);
static inline uint32_t automaton_accepted(const struct automaton *automaton, uint32_t state) {
    return automaton->cells[(size_t)state + automaton->classes];
}
void automaton_free(struct automaton *automaton);

#endif
