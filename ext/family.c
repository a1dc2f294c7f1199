#include "family.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "inflate.h"
#include "pack_head.h"

#define SPARES 12

enum status visitor_init(struct visitor *visitor, const struct pack *pack) {
    *visitor = (struct visitor){.pack = pack, .inflater = inflater_new(), .spare = calloc(SPARES, sizeof *visitor->spare)};
    pack_reopen(pack, &visitor->file);
    return visitor->inflater && visitor->spare ? STATUS_OK : STATUS_NO_MEMORY;
}

static void made_free(struct made *made) {
    free(made->bytes);
    free(made->records.items);
}

void visitor_free(struct visitor *visitor) {
    inflater_free(visitor->inflater);
    for (size_t i = 0; i < visitor->depth; i++) {
        made_free(&visitor->stack[i]);
    }
    for (size_t i = 0; i < visitor->spares; i++) {
        made_free(&visitor->spare[i]);
    }
    free(visitor->stack);
    free(visitor->spare);
    free(visitor->deflated);
    pack_file_close(&visitor->file);
    *visitor = (struct visitor){0};
}

void visitor_begin(struct visitor *visitor, size_t first, size_t last) {
    visitor->root = first;
    visitor->root_end = last;
}

/* Keeps the buffers for another object: the first touch of fresh pages costs as much as filling them. */
static void let_go(struct visitor *visitor, struct made *made) {
    visitor->held -= made->room;
    if (visitor->spares < SPARES && made->room <= MADE_MOST / 16) {
        visitor->spare[visitor->spares++] = *made;
    } else {
        made_free(made);
    }
}

/* Buffers for an object of `length` bytes, its records empty. */
static enum status take(struct visitor *visitor, struct made *made, size_t length) {
    uint32_t entry = made->entry;
    *made = (struct made){.next = NO_ENTRY};
    if (visitor->spares > 0) {
        size_t best = visitor->spares - 1;
        for (size_t i = visitor->spares - 1; i-- > 0 && visitor->spare[best].room < length + SLACK;) {
            best = visitor->spare[i].room > visitor->spare[best].room ? i : best;
        }
        *made = visitor->spare[best];
        visitor->spare[best] = visitor->spare[--visitor->spares];
        made->records.count = 0;
        made->records.known = false;
    }
    if (made->room < length + SLACK) {
        free(made->bytes);
        made->room = 0;
        made->bytes = malloc(length + length / 8 + SLACK);
        if (made->bytes == NULL) {
            return STATUS_NO_MEMORY;
        }
        made->room = length + length / 8 + SLACK;
    }
    made->length = length;
    made->entry = entry;
    visitor->held += made->room;
    return STATUS_OK;
}

enum making { MAKING_DONE, MAKING_BAD, MAKING_NO_MEMORY };

/* Makes an entry, from `base` if it is a delta. `made` may hold buffers whatever is returned. */
static enum making make(struct visitor *visitor, uint32_t entry, const struct made *base, struct made *made) {
    *made = (struct made){.entry = entry, .next = NO_ENTRY};
    struct stored stored;
    if (visitor->held > HELD_MOST || !pack_stored(visitor->pack, &visitor->file, entry, MADE_MOST, &stored) ||
        stored.delta != (base != NULL)) {
        return MAKING_BAD;
    }
    size_t size = (size_t)stored.size;
    if (base == NULL) {
        if (take(visitor, made, size) != STATUS_OK) {
            return MAKING_NO_MEMORY;
        }
        return inflate_whole(visitor->inflater, stored.bytes, stored.length, made->bytes, size) ? MAKING_DONE : MAKING_BAD;
    }
    if (base->bytes == NULL) {
        return MAKING_BAD;
    }
    if (visitor->delta_room < size + 1) {
        free(visitor->deflated);
        visitor->delta_room = 0;
        visitor->deflated = malloc(size + size / 2 + 1);
        if (visitor->deflated == NULL) {
            return MAKING_NO_MEMORY;
        }
        visitor->delta_room = size + size / 2 + 1;
    }
    if (!inflate_whole(visitor->inflater, stored.bytes, stored.length, visitor->deflated, size) ||
        !delta_open(&visitor->delta, visitor->deflated, size) || visitor->delta.base_size != base->length ||
        visitor->delta.size > MADE_MOST) {
        return MAKING_BAD;
    }
    if (take(visitor, made, visitor->delta.size) != STATUS_OK) {
        return MAKING_NO_MEMORY;
    }
    return delta_apply(visitor->delta, base->bytes, made->bytes) ? MAKING_DONE : MAKING_BAD;
}

static struct made *top(const struct visitor *visitor) {
    return &visitor->stack[visitor->depth - 1];
}

/* Lets go of what nothing is made from any more. Afterwards the top has a child that is still to be visited, or there is none. */
static void settle(struct visitor *visitor) {
    while (visitor->depth > 0 && top(visitor)->next == NO_ENTRY) {
        let_go(visitor, top(visitor));
        visitor->depth--;
    }
}

enum visit visitor_next(struct visitor *visitor, struct made **made, struct made **base, uint32_t *entry) {
    if (visitor->depth > 1 && visitor->stack[visitor->depth - 2].next == NO_ENTRY) {
        let_go(visitor, &visitor->stack[visitor->depth - 2]);
        visitor->stack[visitor->depth - 2] = visitor->stack[visitor->depth - 1];
        visitor->depth--;
    }
    settle(visitor);
    if (grow_array((void **)&visitor->stack, &visitor->room, visitor->depth + 1, sizeof *visitor->stack) != STATUS_OK) {
        return VISIT_NO_MEMORY;
    }
    struct made *from = visitor->depth ? top(visitor) : NULL;
    if (from == NULL) {
        if (visitor->root >= visitor->root_end) {
            return VISIT_END;
        }
        *entry = visitor->pack->roots[visitor->root++];
    } else {
        *entry = from->next;
        from->next = visitor->pack->entries[*entry].sibling;
    }
    struct made *one = &visitor->stack[visitor->depth];
    enum making making = make(visitor, *entry, from, one);
    one->entry = *entry;
    if (making != MAKING_DONE) { /* what is below it is visited too, to be told unmade */
        visitor->held -= one->room;
        made_free(one);
        *one = (struct made){.entry = *entry, .next = NO_ENTRY};
    }
    one->next = visitor->pack->entries[*entry].child;
    visitor->depth++;
    if (making == MAKING_NO_MEMORY) {
        return VISIT_NO_MEMORY;
    }
    *made = one;
    *base = from;
    return making == MAKING_DONE ? VISIT_MADE : VISIT_UNMADE;
}
