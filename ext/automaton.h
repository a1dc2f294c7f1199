/* Aho-Corasick over case-folded bytes: which literals may end here.

   Rows are dense over byte classes and premultiplied: a state is the index of its row's first cell, a step is
   state = cells[state + class_of[byte]]. Accepting states are numbered last, so one compare tells them. */
#ifndef SECRETSCAN_AUTOMATON_H
#define SECRETSCAN_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Only so many first bytes of a literal are in the automaton; the rest is the caller's to verify. Measured with 341 checks, MB/s
   and states: 3 bytes 385 (446), 4 648 (743), 6 905 (1,222), 8 976 (1,493), 10 981 (1,590), whole 970 (1,652). Past 8 bytes
   nothing is gained, and 8 bound the table however long the literals are. */
#define LITERAL_CUT 8

struct literal {
    const uint8_t *bytes;
    size_t length; /* at least 1 */
};

struct automaton {
    uint8_t class_of[256];
    uint32_t classes;
    uint32_t states;
    uint32_t accepting;    /* the first accepting state, premultiplied */
    uint32_t reach;        /* bytes of the longest (cut) literal */
    uint32_t *cells;       /* 16-bit cells, where they suffice, gained nothing that could be measured (under 3 %) */
    uint32_t *output_from; /* of accepting state number i: outputs[output_from[i]] up to outputs[output_from[i + 1]] */
    uint32_t *outputs;     /* literal numbers, those of suffixes too */
};

enum status automaton_build(struct automaton *automaton, const struct literal *literals, size_t count);
void automaton_free(struct automaton *automaton);

#endif
