/* Reading and matching files. Only regular files are opened, and what is not asked for again is not kept. */
#ifndef SECRETSCAN_FILES_H
#define SECRETSCAN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "status.h"

/* The bytes of a file that holds something. */
struct content {
    uint8_t *bytes;
    size_t length;
};

struct files {
    int *errors;             /* 0, or the errno of each path */
    struct content *contents; /* of items with a candidate, a match or a flag, or wanted ones; else bytes is NULL */
    bool *wanted;             /* those whose content is kept whatever it holds */
    size_t count;
    uint64_t bytes; /* matched */
};

enum status files_init(struct files *files, size_t count);
void files_free(struct files *files);

/* Reads every path whole and matches it. A path that is NULL fails with EINVAL. Errors beside errno: ENOTSUP is no
   regular file, EFBIG more than max_bytes, ESTALE less than fstat said. */
enum status match_files(
    const struct matcher *matcher, const char *const *paths, size_t max_bytes, struct files *files, struct findings *findings);

#endif
