/* Aho-Corasick over case-folded bytes: which literals may end here.

   Rows are dense over byte classes and premultiplied: a state is the index of its row's first cell, a step is
   state = cells[state + class_of[byte]]. Accepting states are numbered last, so one compare tells them. */
#ifndef SECRETSCAN_AUTOMATON_H
#define SECRETSCAN_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Only so many first bytes of a literal are in the automaton; the rest is the caller's to verify. */
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
    uint16_t *narrow;      /* cells, if every state fits 16 bits: half the cache */
    uint32_t *wide;        /* else these */
    uint32_t *output_from; /* of accepting state number i: outputs[output_from[i]] up to outputs[output_from[i + 1]] */
    uint32_t *outputs;     /* literal numbers, those of suffixes too */
};

enum status automaton_build(struct automaton *automaton, const struct literal *literals, size_t count);
void automaton_free(struct automaton *automaton);

#endif
