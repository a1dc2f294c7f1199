/* A push parser of tar streams: POSIX ustar and pax (IEEE 1003.1), GNU and the old V7 form. It copies headers, never data. */
#ifndef SECRETSCAN_TAR_H
#define SECRETSCAN_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define TAR_BLOCK 512

enum tar_event {
    TAR_MORE, /* all of the data is used up */
    TAR_MEMBER,
    TAR_DATA,
    TAR_END,
    TAR_MALFORMED, /* for good; `problem` says why */
    TAR_NO_MEMORY,
};

struct tar_name {
    uint8_t *bytes;
    size_t length;
    size_t room;
    bool set;
};

struct tar_walker {
    int step; /* enum in tar.c */
    uint8_t block[TAR_BLOCK];
    size_t filled;       /* bytes of a block, when one comes in parts */
    uint64_t remaining;  /* bytes of data still to come */
    uint64_t padding;    /* bytes after them, up to a whole block */
    unsigned zero_blocks; /* in a row, up to 2 */
    bool pending;        /* an extended header waits for its member */
    uint8_t extended;    /* typeflag of the extended header whose data is being gathered */
    struct tar_name gathered;
    struct tar_name pax_path, pax_link, gnu_path, gnu_link;
    struct tar_name remarks; /* what stands in no member's data and is no name: lines, until somebody takes them */
    bool pax_has_size;
    int64_t pax_size;
    const char *problem;
    /* The member last given: */
    struct tar_name name, link;
    uint8_t type;
    int64_t size; /* -1: the header lies */
    uint32_t mode;
    /* The data last given, as offsets into what was fed: */
    size_t data_start, data_end;
};

void tar_init(struct tar_walker *walker);
void tar_free(struct tar_walker *walker);

/* No shorter text than this is a remark: it holds nothing that matters. */
#define TAR_REMARK 16

/* The next event in data[*used:length]; moves *used on. */
enum tar_event tar_next(struct tar_walker *walker, const uint8_t *data, size_t length, size_t *used);

/* NULL if the stream may end here, else what is wrong with its end. */
const char *tar_close(const struct tar_walker *walker);

#endif
