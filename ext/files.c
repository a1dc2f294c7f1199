#define _POSIX_C_SOURCE 200809L

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

/* Files are read until so much has come together, then matched while it is still in the cache. */
#define GROUP_BYTES ((size_t)512 << 10)
#define GROUP_FILES 1024

struct buffer {
    uint8_t *bytes;
    size_t used;
    size_t room;
};

struct group {
    struct buffer buffer;
    struct text texts[GROUP_FILES]; /* bytes stay NULL until the buffer no longer moves */
    size_t offsets[GROUP_FILES];
    size_t count;
};

enum status files_init(struct files *files, size_t count) {
    *files = (struct files){.count = count};
    files->errors = calloc(count ? count : 1, sizeof *files->errors);
    files->contents = calloc(count ? count : 1, sizeof *files->contents);
    files->wanted = calloc(count ? count : 1, sizeof *files->wanted);
    return files->errors && files->contents && files->wanted ? STATUS_OK : STATUS_NO_MEMORY;
}

void files_free(struct files *files) {
    for (size_t i = 0; files->contents != NULL && i < files->count; i++) {
        free(files->contents[i].bytes);
    }
    free(files->contents);
    free(files->errors);
    free(files->wanted);
    *files = (struct files){0};
}

/* lstat first: to open a FIFO or a device is itself an act. The flags cover a swap between the two calls. */
static int open_regular(const char *path, size_t *size) {
    struct stat stat;
    if (lstat(path, &stat) != 0) {
        return -1;
    }
    if (!S_ISREG(stat.st_mode)) {
        errno = S_ISLNK(stat.st_mode) ? ELOOP : ENOTSUP;
        return -1;
    }
    int descriptor;
    do {
        descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) {
        return -1;
    }
    int problem = fstat(descriptor, &stat) != 0 ? errno : S_ISREG(stat.st_mode) ? 0 : ENOTSUP;
    if (problem != 0) {
        close(descriptor);
        errno = problem;
        return -1;
    }
    *size = stat.st_size < 0 ? 0 : (uintmax_t)stat.st_size > SIZE_MAX ? SIZE_MAX : (size_t)stat.st_size;
    return descriptor;
}

/* Appends the file to the buffer. One read is asked for a byte more than is expected: if it is not given, the file has ended. */
static enum status read_open(int descriptor, size_t size, size_t max_bytes, struct buffer *buffer, int *error) {
    size_t begin = buffer->used;
    size_t got = 0;
    *error = size > max_bytes ? EFBIG : 0;
    while (*error == 0) {
        size_t expected = size > got ? size - got : 4096;
        if (expected >= SIZE_MAX - begin - got) {
            return STATUS_TOO_LARGE;
        }
        enum status status = grow_array((void **)&buffer->bytes, &buffer->room, begin + got + expected + 1, 1);
        if (status != STATUS_OK) {
            return status;
        }
        ssize_t read_now = read(descriptor, buffer->bytes + begin + got, expected + 1);
        if (read_now < 0) {
            *error = errno == EINTR ? 0 : errno;
            continue;
        }
        got += (size_t)read_now;
        if (got > max_bytes) {
            *error = EFBIG;
        } else if (read_now == 0) {
            *error = got < size ? ESTALE : 0;
            break;
        } else if (got == size) {
            break;
        }
    }
    if (*error == 0) {
        buffer->used = begin + got;
    }
    return STATUS_OK;
}

static enum status read_file(const char *path, size_t max_bytes, struct buffer *buffer, int *error) {
    size_t size = 0;
    if (path == NULL) {
        *error = EINVAL;
        return STATUS_OK;
    }
    int descriptor = open_regular(path, &size);
    if (descriptor < 0) {
        *error = errno;
        return STATUS_OK;
    }
    enum status status = read_open(descriptor, size, max_bytes, buffer, error);
    close(descriptor);
    return status;
}

static enum status keep(struct content *content, const struct text *text) {
    content->bytes = malloc(text->length ? text->length : 1);
    if (content->bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(content->bytes, text->bytes, text->length);
    content->length = text->length;
    return STATUS_OK;
}

static enum status match_group(const struct matcher *matcher, struct group *group, struct files *files, struct findings *findings) {
    for (size_t i = 0; i < group->count; i++) {
        group->texts[i].bytes = group->buffer.bytes + group->offsets[i];
        files->bytes += group->texts[i].length;
    }
    enum status status = match_texts(matcher, group->texts, group->count, findings);
    for (size_t i = 0; i < group->count && status == STATUS_OK; i++) {
        uint32_t item = group->texts[i].item;
        if (files->wanted[item] || findings->per_item[item] > 0 || findings->flags[item] != 0) {
            status = keep(&files->contents[item], &group->texts[i]);
        }
    }
    group->count = 0;
    group->buffer.used = 0;
    return status;
}

static enum status read_and_match(
    const struct matcher *matcher, const char *const *paths, size_t max_bytes, struct group *group, struct files *files,
    struct findings *findings) {
    enum status status = STATUS_OK;
    for (size_t i = 0; i < files->count && status == STATUS_OK; i++) {
        size_t begin = group->buffer.used;
        status = read_file(paths[i], max_bytes, &group->buffer, &files->errors[i]);
        if (status == STATUS_OK && files->errors[i] == 0) {
            group->offsets[group->count] = begin;
            group->texts[group->count++] = (struct text){NULL, group->buffer.used - begin, (uint32_t)i};
        }
        if (status == STATUS_OK && (group->count == GROUP_FILES || group->buffer.used >= GROUP_BYTES)) {
            status = match_group(matcher, group, files, findings);
        }
    }
    return status == STATUS_OK ? match_group(matcher, group, files, findings) : status;
}

enum status match_files(
    const struct matcher *matcher, const char *const *paths, size_t max_bytes, struct files *files, struct findings *findings) {
    struct group *group = calloc(1, sizeof *group);
    if (group == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = grow_array((void **)&group->buffer.bytes, &group->buffer.room, GROUP_BYTES, 1);
    if (status == STATUS_OK) {
        status = read_and_match(matcher, paths, max_bytes, group, files, findings);
    }
    free(group->buffer.bytes);
    free(group);
    return status;
}
