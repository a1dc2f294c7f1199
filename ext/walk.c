#define _POSIX_C_SOURCE 200809L

#include "walk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bytes.h"
#include "folder.h"

void listing_free(struct listing *listing) {
    free(listing->paths.bytes);
    free(listing->entries);
    *listing = (struct listing){0};
}

/* Appends `folder` and, behind a slash, `name`; if that is empty the folder alone. */
static enum status append_path(struct paths *paths, const char *folder, size_t folder_length, const char *name, size_t length) {
    size_t needed = paths->used + folder_length + 1 + length + 1;
    enum status status = grow_array((void **)&paths->bytes, &paths->room, needed, 1);
    if (status != STATUS_OK) {
        return status;
    }
    memcpy(paths->bytes + paths->used, folder, folder_length);
    paths->used += folder_length;
    if (length > 0) {
        paths->bytes[paths->used++] = '/';
        memcpy(paths->bytes + paths->used, name, length);
        paths->used += length;
    }
    paths->bytes[paths->used++] = 0;
    return STATUS_OK;
}

static enum status append_entry(
    struct listing *listing, const char *folder, size_t folder_length, const char *name, const struct folder_entry *entry) {
    size_t start = listing->paths.used;
    enum status status = grow_array((void **)&listing->entries, &listing->room, listing->count + 1, sizeof *listing->entries);
    if (status == STATUS_OK) {
        status = append_path(&listing->paths, folder, folder_length, name, entry->length);
    }
    if (status == STATUS_OK) {
        size_t length = listing->paths.used - 1 - start;
        listing->entries[listing->count++] = (struct listed){start, length, entry->size, entry->mode, entry->error};
        listing->bytes += entry->size;
    }
    return status;
}

static enum status push(struct walk *walk, const char *folder, size_t folder_length, const char *name, size_t length) {
    size_t start = walk->pending.used;
    enum status status = grow_array((void **)&walk->starts, &walk->room, walk->count + 1, sizeof *walk->starts);
    if (status == STATUS_OK) {
        status = append_path(&walk->pending, folder, folder_length, name, length);
    }
    if (status == STATUS_OK) {
        walk->starts[walk->count++] = start;
    }
    return status;
}

enum status walk_init(struct walk *walk, const char *root, size_t length) {
    *walk = (struct walk){.root_length = length};
    walk->root = malloc(length + 1);
    if (walk->root == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(walk->root, root, length + 1);
    return push(walk, root, length, "", 0);
}

void walk_free(struct walk *walk) {
    free(walk->pending.bytes);
    free(walk->starts);
    free(walk->root);
    *walk = (struct walk){0};
}

enum status walk_push(struct walk *walk, const char *below, size_t length) {
    return push(walk, walk->root, walk->root_length, below, length);
}

static bool is_entered(const struct measure *measure, const struct folder *folder, const struct folder_entry *entry) {
    return entry->error == 0 && S_ISDIR(entry->mode) && measure->descend && strcmp(folder->names + entry->name, ".git") != 0;
}

/* What stands in the folder goes into one of the listings, or waits to be entered: the first of its folders as the last, to be next. */
static enum status take_folder(
    struct walk *walk, const struct measure *measure, const char *path, size_t length, const struct folder *folder, struct listing *files,
    struct listing *rest) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < folder->count && status == STATUS_OK; i++) {
        const struct folder_entry *entry = &folder->entries[i];
        bool listed = entry->error == 0 && S_ISREG(entry->mode) && measure->largest >= 0 && entry->size <= (uint64_t)measure->largest;
        if (listed || !is_entered(measure, folder, entry)) {
            status = append_entry(listed ? files : rest, path, length, folder->names + entry->name, entry);
        }
    }
    for (size_t i = folder->count; i > 0 && status == STATUS_OK; i--) {
        const struct folder_entry *entry = &folder->entries[i - 1];
        if (is_entered(measure, folder, entry)) {
            status = push(walk, path, length, folder->names + entry->name, entry->length);
        }
    }
    return status;
}

static enum status read_folder(
    struct walk *walk, const struct measure *measure, const char *path, size_t length, struct listing *files, struct listing *rest) {
    bool root = length == walk->root_length; /* one that a user named may be a link */
    struct folder folder;
    enum status status = folder_list(&folder, length > 0 ? path : "/", root);
    if (status == STATUS_OK && folder.error != 0) {
        struct folder_entry unread = {.error = folder.error};
        status = append_entry(rest, path, length, "", &unread);
    } else if (status == STATUS_OK) {
        status = take_folder(walk, measure, path, length, &folder, files, rest);
    }
    folder_free(&folder);
    return status;
}

enum status walk_next(struct walk *walk, const struct measure *measure, struct listing *files, struct listing *rest) {
    enum status status = STATUS_OK;
    for (size_t read = 0; walk->count > 0 && status == STATUS_OK && read < measure->folders; read++) {
        if (files->count + rest->count >= measure->files || files->bytes >= measure->bytes) {
            break;
        }
        size_t start = walk->starts[--walk->count];
        size_t length = walk->pending.used - 1 - start;
        char *path = malloc(length + 1);
        if (path == NULL) {
            return STATUS_NO_MEMORY;
        }
        memcpy(path, walk->pending.bytes + start, length + 1);
        walk->pending.used = start;
        status = read_folder(walk, measure, path, length, files, rest);
        free(path);
    }
    return status;
}
