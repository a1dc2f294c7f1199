/* The way through a JSON text that is too long to be held: where it may be cut between the objects that it lists under `items`. */
#ifndef SECRETSCAN_ITEMS_H
#define SECRETSCAN_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum items_event {
    ITEMS_MORE,  /* all that was given is read; `at` is where to go on when there is more */
    ITEMS_BEGIN, /* behind the bracket of the list */
    ITEMS_CUT,   /* behind an item, at least as far as was asked */
    ITEMS_END,   /* behind the whole text */
};

struct items_walk {
    size_t at;
    size_t cut; /* behind the last item that ended; 0 if none did */
    size_t depth;
    bool in_object; /* the text is an object */
    bool keyed;     /* the last string was a key, `items` */
    bool in_items;
};

/* Goes on from `at` through text[:length]. A caller who takes bytes from the beginning lowers `at` by as many and sets `cut` to 0. */
enum items_event items_next(struct items_walk *self, const uint8_t *text, size_t length, size_t enough);

#endif
