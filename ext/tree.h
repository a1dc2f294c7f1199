/* A document as nodes in the order they stand in, each with where it stands. What reads YAML and JSON makes it. */
#ifndef SECRETSCAN_TREE_H
#define SECRETSCAN_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Where a string's bytes stand: in the text as they are, in `made` (escapes undone, lines folded), or in the text still with JSON
   escapes that only a decoder of surrogates can undo. */
enum place { PLACE_TEXT, PLACE_MADE, PLACE_ESCAPED };

struct string {
    uint32_t at;
    uint32_t length;
    uint8_t place;
};

enum node_type { NODE_SCALAR, NODE_MAP, NODE_SEQ };

struct node {
    uint32_t start; /* in the text: the first byte, quote or bracket; of a block its first key or dash */
    uint32_t end;   /* behind the last; of a block where the next token stands */
    uint32_t next;  /* number of the node behind this one and all in it; 0: it was not closed */
    struct string key;   /* of an entry of a map */
    struct string value; /* of a scalar */
    uint8_t type;
    uint8_t style; /* of a scalar: 0 for plain, else the character that began it */
};

struct tree {
    struct node *nodes;
    size_t count;
    size_t room;
    uint8_t *made;
    size_t made_length;
    size_t made_room;
};

/* How far a text was understood. */
enum reading {
    READING_WHOLE,
    READING_BROKEN, /* it ends to be what it should be behind `at` */
    READING_EARLY,  /* what stands before `at` may not stand there */
    READING_DEEP,
    READING_LONG,
    READING_FAILED, /* no memory, or longer than offsets reach */
};

struct limits {
    size_t depth;
    size_t events; /* keys, scalars, beginnings and ends of collections */
};

void tree_init(struct tree *self);
void tree_free(struct tree *self);
/* Adds a node that is still open; its number, or SIZE_MAX without memory. */
size_t tree_add(struct tree *self, enum node_type type, size_t start);
/* Makes room for `length` more bytes at the end of `made`. */
bool tree_reserve(struct tree *self, size_t length);

/* JSON texts one after another (RFC 8259); commas are blanks. What precedes a fault is kept. */
enum reading json_read(struct tree *self, const uint8_t *text, size_t length, struct limits limits, size_t *at);
/* One YAML document in the style that people write. Anything but READING_WHOLE: it is not understood, which says nothing of it; where it
   is understood, the nodes are those of libyaml's events. */
enum reading yaml_read(struct tree *self, const uint8_t *text, size_t length, struct limits limits);

#endif
