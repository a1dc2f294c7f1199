#define _DEFAULT_SOURCE /* POSIX */

#include "pack_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT ((size_t)1 << 20)

enum status pack_file_open(struct pack_file *self, const char *path, int *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *self = (struct pack_file){.open = file >= 0, .file = file};
    struct stat state;
    if (!self->open || fstat(file, &state) != 0) {
        *error = errno;
        return STATUS_INVALID;
    }
    self->size = state.st_size > 0 ? (uint64_t)state.st_size : 0;
    return S_ISREG(state.st_mode) ? STATUS_OK : STATUS_INVALID;
}

void pack_file_close(struct pack_file *self) {
    if (self->open) {
        close(self->file);
    }
    free(self->bytes);
    *self = (struct pack_file){0};
}

const uint8_t *pack_file_get(struct pack_file *self, uint64_t offset, size_t length, size_t ahead) {
    if (offset >= self->start && offset - self->start <= self->length && length <= self->length - (size_t)(offset - self->start)) {
        return self->bytes + (offset - self->start);
    }
    self->start = offset;
    self->length = 0;
    size_t wanted = length > ahead ? length : ahead;
    if (!self->open) {
        return NULL;
    }
    if (wanted > self->room || (self->room > 2 * KEPT && wanted <= KEPT)) { /* the bytes of one long object are not held for all that follow */
        free(self->bytes);
        self->room = wanted + wanted / 8;
        self->bytes = malloc(self->room);
        if (self->bytes == NULL) {
            self->room = 0;
            return NULL;
        }
    }
    while (self->length < length) {
        ssize_t got = pread(self->file, self->bytes + self->length, wanted - self->length, (off_t)(offset + self->length));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return NULL;
        }
        self->length += (size_t)got;
    }
    return self->bytes;
}
