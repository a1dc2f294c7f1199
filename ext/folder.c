#define _POSIX_C_SOURCE 200809L

#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

static enum status add_entry(struct folder *folder, int descriptor, const char *name) {
    size_t length = strlen(name);
    enum status status = grow_array((void **)&folder->names, &folder->names_room, folder->used + length + 1, 1);
    if (status == STATUS_OK) {
        status = grow_array((void **)&folder->entries, &folder->room, folder->count + 1, sizeof *folder->entries);
    }
    if (status != STATUS_OK) {
        return status;
    }
    memcpy(folder->names + folder->used, name, length + 1);
    struct folder_entry entry = {.name = folder->used, .length = length};
    struct stat stat;
    if (fstatat(descriptor, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) {
        entry.error = errno;
    } else {
        entry.mode = (uint32_t)stat.st_mode;
        entry.size = stat.st_size < 0 ? 0 : (uint64_t)stat.st_size;
    }
    folder->used += length + 1;
    folder->entries[folder->count++] = entry;
    return STATUS_OK;
}

/* Names go by pointer while they are sorted: qsort hands no context over. */
struct named {
    const char *name;
    struct folder_entry entry;
};

static int compare_named(const void *left, const void *right) {
    return strcmp(((const struct named *)left)->name, ((const struct named *)right)->name); /* compares as unsigned bytes */
}

static enum status sort_entries(struct folder *folder) {
    struct named *sorted = malloc((folder->count ? folder->count : 1) * sizeof *sorted);
    if (sorted == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < folder->count; i++) {
        sorted[i] = (struct named){folder->names + folder->entries[i].name, folder->entries[i]};
    }
    qsort(sorted, folder->count, sizeof *sorted, compare_named);
    for (size_t i = 0; i < folder->count; i++) {
        folder->entries[i] = sorted[i].entry;
    }
    free(sorted);
    return STATUS_OK;
}

enum status folder_list(struct folder *folder, const char *path, int follow) {
    *folder = (struct folder){0};
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (stream == NULL) {
        folder->error = errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        errno = 0;
        const struct dirent *found = readdir(stream);
        if (found == NULL) {
            folder->error = errno;
            break;
        }
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0) {
            status = add_entry(folder, descriptor, found->d_name);
        }
    }
    closedir(stream);
    return status == STATUS_OK ? sort_entries(folder) : status;
}

void folder_free(struct folder *folder) {
    free(folder->entries);
    free(folder->names);
    *folder = (struct folder){0};
}
