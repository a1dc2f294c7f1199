#include "message.h"

#include <stdbool.h>
#include <string.h>

static const char *const PEOPLE[] = {"author ", "committer ", "tagger "};

static bool is_person(const uint8_t *line, size_t length) {
    for (size_t i = 0; i < sizeof PEOPLE / sizeof *PEOPLE; i++) {
        if (length >= strlen(PEOPLE[i]) && memcmp(line, PEOPLE[i], strlen(PEOPLE[i])) == 0) {
            return true;
        }
    }
    return false;
}

size_t message_of(const uint8_t *object, size_t length, uint8_t *into) {
    size_t head = length;
    for (size_t i = 0; i + 1 < length; i++) {
        if (object[i] == '\n' && object[i + 1] == '\n') {
            head = i;
            break;
        }
    }
    size_t size = head < length ? length - head - 2 : 0;
    memcpy(into, object + length - size, size);
    into[size++] = '\n';
    into[size++] = '\n';
    bool first = true;
    for (size_t i = 0; i < head;) {
        const uint8_t *newline = memchr(object + i, '\n', head - i);
        size_t line = newline ? (size_t)(newline - object) - i : head - i;
        if (is_person(object + i, line)) {
            if (!first) {
                into[size++] = '\n';
            }
            memcpy(into + size, object + i, line);
            size += line;
            first = false;
        }
        i += line + 1;
    }
    return size;
}
