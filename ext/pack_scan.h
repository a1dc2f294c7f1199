/* Families of a pack searched: what needs no look is counted, the rest is handed out with its bytes and what stands in it. */
#ifndef SECRETSCAN_PACK_SCAN_H
#define SECRETSCAN_PACK_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "family.h"
#include "inherit.h"
#include "pack.h"
#include "status.h"

enum given {
    GIVEN_TEXT,   /* an object that must be looked at */
    GIVEN_LFS,    /* the same, a pointer to a file kept by git-lfs */
    GIVEN_UNREAD, /* an object that was not read: git must try */
};

struct given_object {
    enum given as;
    uint8_t kind;
    uint8_t flags; /* FLAG_… */
    uint32_t name; /* in the pack's index */
    size_t start;  /* in the bytes */
    size_t length;
    size_t first; /* candidate */
    size_t last;
    size_t first_match;
    size_t last_match;
};

struct pack_scan {
    const struct pack *pack;
    const struct matcher *matcher;
    size_t largest; /* blob that is read here */
    bool all;       /* must be looked at */
    struct visitor visitor;
    struct heir heir;
    struct records words; /* of a commit or tag */
    /* What one call gives. */
    struct given_object *objects;
    size_t object_count;
    size_t object_room;
    uint8_t *bytes;
    size_t byte_count;
    size_t byte_room;
    struct findings found; /* items mean nothing */
    uint64_t scanned; /* texts, those that were quiet too */
    uint64_t scanned_bytes;
    struct confirming confirming;
    uint8_t *message;
    size_t message_room;
};

enum status pack_scan_init(
    struct pack_scan *scan, const struct pack *pack, const struct matcher *matcher, size_t largest, bool all);
void pack_scan_free(struct pack_scan *scan);

/* Goes on with the families that visitor_begin told until there is enough to hand out; *done if nothing is left. */
enum status pack_scan_next(struct pack_scan *scan, bool *done);

#endif
