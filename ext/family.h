/* Objects of a pack, base before what is made from it, depth first. An object is in memory while something is still to be made from it; the
   child with most below it comes last and its base is then let go, so that few are held: log2(n) of a family of n. */
#ifndef SECRETSCAN_FAMILY_H
#define SECRETSCAN_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"
#include "pack.h"
#include "status.h"

/* Objects that are larger are not made here, nor those made from them: git streams them. */
#define MADE_MOST ((size_t)64 << 20)
/* Bytes of bases that one visitor holds; what is below the base that would exceed them is not made. */
#define HELD_MOST ((size_t)192 << 20)
/* Bytes that may be read, not written, behind an object. */
#define SLACK 64

/* Where literals stand in an object (inherit.h). */
struct record {
    uint32_t offset;
    uint32_t check; /* and RECORD_… */
};

struct records {
    struct record *items;
    size_t count;
    size_t room;
    bool known; /* that these are all */
};

struct made {
    uint32_t entry;
    uint32_t next; /* the child that is visited next */
    uint8_t *bytes; /* NULL: it could not be made */
    size_t length;
    size_t room;
    struct records records; /* the caller's */
};

enum visit {
    VISIT_MADE,
    VISIT_UNMADE, /* the entry cannot be made */
    VISIT_END,
    VISIT_NO_MEMORY,
};

struct visitor {
    const struct pack *pack;
    size_t root; /* the next in pack->roots */
    size_t root_end;
    struct pack_file file;
    struct inflater *inflater;
    struct made *stack;
    size_t depth;
    size_t room;
    struct made *spare; /* buffers of objects that were let go */
    size_t spares;
    size_t held;
    uint8_t *deflated; /* the delta that made the last object */
    size_t delta_room;
    struct delta delta; /* of the last object, from its first step on */
};

/* A visitor of no family. Free it whatever was returned. */
enum status visitor_init(struct visitor *visitor, const struct pack *pack);
void visitor_free(struct visitor *visitor);
/* To the families of pack->roots[first] up to [last]. */
void visitor_begin(struct visitor *visitor, size_t first, size_t last);

/* The next object. After VISIT_MADE it is `made` and lives until the next call, and so does `base`, from which
   it was made by the visitor's `delta`, or which is NULL. After VISIT_UNMADE `entry` tells which. */
enum visit visitor_next(struct visitor *visitor, struct made **made, struct made **base, uint32_t *entry);

#endif
