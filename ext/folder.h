/* What stands in a folder: names in order, with what lstat says of each. */
#ifndef SECRETSCAN_FOLDER_H
#define SECRETSCAN_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct folder_entry {
    size_t name; /* offset in `names`, ends with NUL */
    size_t length;
    uint64_t size;
    uint32_t mode; /* 0 if lstat failed */
    int error;     /* errno then */
};

struct folder {
    struct folder_entry *entries;
    size_t count;
    size_t room;
    char *names;
    size_t used;
    size_t names_room;
    int error; /* errno if the folder cannot be read, or not to its end */
};

/* Links are not followed, but the last part of `path` is opened only if it is a folder and no link, unless `follow`. Free it whatever was returned. */
enum status folder_list(struct folder *folder, const char *path, int follow);
void folder_free(struct folder *folder);

#endif
