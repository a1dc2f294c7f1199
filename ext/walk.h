/* A tree of files, folder by folder: the regular ones gathered for the matcher, the rest told. */
#ifndef SECRETSCAN_WALK_H
#define SECRETSCAN_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* Paths one after the other, each with its NUL. */
struct paths {
    char *bytes;
    size_t used;
    size_t room;
};

struct listed {
    size_t path; /* its offset among the paths */
    size_t length;
    uint64_t size;
    uint32_t mode;
    int error; /* errno if it could not be looked at, or is a folder that could not be read */
};

struct listing {
    struct paths paths;
    struct listed *entries;
    size_t count;
    size_t room;
    uint64_t bytes; /* sizes together */
};

struct walk {
    struct paths pending; /* folders yet to be read, the last first */
    size_t *starts;
    size_t count;
    size_t room;
    char *root;
    size_t root_length; /* without a slash at its end: of / itself nothing */
};

/* How much one call gathers, until the next folder's end. */
struct measure {
    int64_t largest; /* of a file that is listed, -1: none; all else is told */
    size_t files;
    uint64_t bytes;
    size_t folders;
    bool descend; /* into folders, but for git's own; else they are told */
};

void listing_free(struct listing *listing);

enum status walk_init(struct walk *walk, const char *root, size_t length);
void walk_free(struct walk *walk);
/* A folder below the root, to be read next. */
enum status walk_push(struct walk *walk, const char *below, size_t length);
/* Reads pending folders, each in the order of names and depth first. Appends to both listings. */
enum status walk_next(struct walk *walk, const struct measure *measure, struct listing *files, struct listing *rest);

#endif
