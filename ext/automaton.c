#include "automaton.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define NO_NODE UINT32_MAX

/* The trie while it is built. Rows of `next` hold node numbers, 0 for "no child" until breadth-first completion. */
struct trie {
    uint32_t classes;
    size_t nodes;
    size_t room;
    uint32_t *next;
    uint32_t *node_of;  /* a literal's last node */
    uint32_t *fail;     /* the longest proper suffix that is a node */
    uint32_t *order;    /* nodes breadth first */
    uint32_t *own;      /* first literal ending at a node, or NO_NODE; the others by `also` */
    uint32_t *also;     /* the next literal ending at the same node, or NO_NODE */
    uint32_t *number;   /* a node's state number */
    size_t *amount;     /* outputs of a node, suffixes' included */
};

static size_t cut_length(const struct literal *literal) {
    return min_size(literal->length, LITERAL_CUT);
}

static void choose_classes(struct automaton *automaton, const struct literal *literals, size_t count) {
    automaton->classes = 1; /* class 0: every byte that no literal holds */
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < cut_length(&literals[i]); k++) {
            uint8_t byte = fold_byte(literals[i].bytes[k]);
            if (automaton->class_of[byte] == 0) {
                automaton->class_of[byte] = (uint8_t)automaton->classes++;
            }
        }
        if (cut_length(&literals[i]) > automaton->reach) {
            automaton->reach = (uint32_t)cut_length(&literals[i]);
        }
    }
    for (int byte = 'A'; byte <= 'Z'; byte++) {
        automaton->class_of[byte] = automaton->class_of[byte | 0x20];
    }
}

static enum status add_node(struct trie *trie, uint32_t *node) {
    if (trie->nodes >= UINT32_MAX / (trie->classes + 1) - 1) {
        return STATUS_TOO_LARGE;
    }
    enum status status = grow_array((void **)&trie->next, &trie->room, trie->nodes + 1, trie->classes * sizeof *trie->next);
    if (status != STATUS_OK) {
        return status;
    }
    *node = (uint32_t)trie->nodes++;
    memset(trie->next + (size_t)*node * trie->classes, 0, trie->classes * sizeof *trie->next);
    return STATUS_OK;
}

static enum status add_literals(struct trie *trie, const uint8_t *class_of, const struct literal *literals, size_t count) {
    uint32_t root;
    enum status status = add_node(trie, &root);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        uint32_t node = root;
        for (size_t k = 0; k < cut_length(&literals[i]); k++) {
            size_t cell = (size_t)node * trie->classes + class_of[fold_byte(literals[i].bytes[k])];
            uint32_t child = trie->next[cell];
            if (child == 0) {
                if ((status = add_node(trie, &child)) != STATUS_OK) {
                    return status;
                }
                trie->next[cell] = child;
            }
            node = child;
        }
        trie->node_of[i] = node;
    }
    return status;
}

/* Breadth first: a node's suffix is shallower, so its row is already complete when it is needed. */
static void complete_rows(struct trie *trie) {
    size_t known = 1;
    trie->order[0] = 0;
    trie->fail[0] = 0;
    for (size_t at = 0; at < known; at++) {
        uint32_t node = trie->order[at];
        uint32_t *row = trie->next + (size_t)node * trie->classes;
        const uint32_t *suffix = trie->next + (size_t)trie->fail[node] * trie->classes;
        for (uint32_t class = 0; class < trie->classes; class++) {
            if (row[class] != 0) {
                trie->fail[row[class]] = node == 0 ? 0 : suffix[class];
                trie->order[known++] = row[class];
            } else if (node != 0) {
                row[class] = suffix[class];
            }
        }
    }
}

static enum status count_outputs(struct trie *trie, size_t count, size_t *total) {
    for (size_t node = 0; node < trie->nodes; node++) {
        trie->own[node] = NO_NODE;
        trie->amount[node] = 0;
    }
    for (size_t i = count; i-- > 0;) {
        trie->also[i] = trie->own[trie->node_of[i]];
        trie->own[trie->node_of[i]] = (uint32_t)i;
        trie->amount[trie->node_of[i]]++;
    }
    *total = 0;
    for (size_t at = 1; at < trie->nodes; at++) {
        uint32_t node = trie->order[at];
        trie->amount[node] += trie->amount[trie->fail[node]];
        if (trie->amount[node] > UINT32_MAX - *total) {
            return STATUS_TOO_LARGE;
        }
        *total += trie->amount[node];
    }
    return STATUS_OK;
}

/* Breadth-first numbers keep the states that are hot, the shallow ones, side by side. */
static uint32_t number_states(struct trie *trie) {
    uint32_t number = 0;
    for (size_t at = 0; at < trie->nodes; at++) {
        if (trie->amount[trie->order[at]] == 0) {
            trie->number[trie->order[at]] = number++;
        }
    }
    uint32_t first = number;
    for (size_t at = 0; at < trie->nodes; at++) {
        if (trie->amount[trie->order[at]] != 0) {
            trie->number[trie->order[at]] = number++;
        }
    }
    return first;
}

static enum status write_outputs(struct automaton *automaton, const struct trie *trie, uint32_t first, size_t total) {
    automaton->output_from = malloc(((size_t)automaton->states - first + 1) * sizeof *automaton->output_from);
    automaton->outputs = malloc((total ? total : 1) * sizeof *automaton->outputs);
    if (automaton->output_from == NULL || automaton->outputs == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint32_t used = 0;
    uint32_t state = 0;
    for (size_t at = 0; at < trie->nodes; at++) {
        uint32_t node = trie->order[at];
        if (trie->amount[node] == 0) {
            continue;
        }
        automaton->output_from[state++] = used;
        for (; node != 0; node = trie->fail[node]) {
            for (uint32_t literal = trie->own[node]; literal != NO_NODE; literal = trie->also[literal]) {
                automaton->outputs[used++] = literal;
            }
        }
    }
    automaton->output_from[state] = used;
    return STATUS_OK;
}

static enum status write_rows(struct automaton *automaton, const struct trie *trie) {
    size_t width = (size_t)automaton->classes + 1;
    uint32_t first = automaton->states - automaton->accepts;
    automaton->cells = malloc(automaton->states * width * sizeof *automaton->cells);
    if (automaton->cells == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t node = 0; node < trie->nodes; node++) {
        const uint32_t *row = trie->next + node * trie->classes;
        uint32_t number = trie->number[node];
        uint32_t *cells = automaton->cells + number * width;
        for (uint32_t class = 0; class < automaton->classes; class++) {
            cells[class] = (uint32_t)(trie->number[row[class]] * width);
        }
        cells[automaton->classes] = number >= first ? number - first : 0;
    }
    return STATUS_OK;
}

static enum status finish(struct automaton *automaton, struct trie *trie, size_t count) {
    trie->fail = malloc(trie->nodes * sizeof *trie->fail);
    trie->order = malloc(trie->nodes * sizeof *trie->order);
    trie->own = malloc(trie->nodes * sizeof *trie->own);
    trie->number = malloc(trie->nodes * sizeof *trie->number);
    trie->amount = malloc(trie->nodes * sizeof *trie->amount);
    if (!trie->fail || !trie->order || !trie->own || !trie->number || !trie->amount) {
        return STATUS_NO_MEMORY;
    }
    complete_rows(trie);
    size_t total;
    enum status status = count_outputs(trie, count, &total);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t first = number_states(trie);
    automaton->states = (uint32_t)trie->nodes;
    automaton->accepts = automaton->states - first;
    automaton->accepting = first * (automaton->classes + 1);
    status = write_outputs(automaton, trie, first, total);
    return status == STATUS_OK ? write_rows(automaton, trie) : status;
}

enum status automaton_build(struct automaton *automaton, const struct literal *literals, size_t count) {
    *automaton = (struct automaton){0};
    if (count >= NO_NODE) {
        return STATUS_TOO_LARGE;
    }
    choose_classes(automaton, literals, count);
    struct trie trie = {.classes = automaton->classes};
    trie.node_of = malloc((count ? count : 1) * sizeof *trie.node_of);
    trie.also = malloc((count ? count : 1) * sizeof *trie.also);
    enum status status = trie.node_of && trie.also ? STATUS_OK : STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        status = add_literals(&trie, automaton->class_of, literals, count);
    }
    if (status == STATUS_OK) {
        status = finish(automaton, &trie, count);
    }
    free(trie.next);
    free(trie.node_of);
    free(trie.also);
    free(trie.fail);
    free(trie.order);
    free(trie.own);
    free(trie.number);
    free(trie.amount);
    if (status != STATUS_OK) {
        automaton_free(automaton);
    }
    return status;
}

void automaton_free(struct automaton *automaton) {
    free(automaton->cells);
    free(automaton->output_from);
    free(automaton->outputs);
    *automaton = (struct automaton){0};
}
