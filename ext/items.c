#include "items.h"

#include <string.h>

#include "bytes.h"

/* Over the string whose quote stands at `at`, and to what follows it. False if it does not end here. */
static bool over_string(struct items_walk *self, const uint8_t *text, size_t length) {
    size_t end = self->at + 1;
    while (end < length && text[end] != '"') {
        end += text[end] == '\\' ? 2 : 1;
    }
    size_t next = end + 1;
    while (next < length && is_blank(text[next])) {
        next++;
    }
    if (next >= length) {
        return false;
    }
    self->keyed = text[next] == ':' && end - self->at == 6 && memcmp(text + self->at, "\"items\"", 7) == 0;
    self->at = end + 1;
    return true;
}

enum items_event items_next(struct items_walk *self, const uint8_t *text, size_t length, size_t enough) {
    while (self->at < length) {
        uint8_t byte = text[self->at];
        if (byte == '"') {
            if (!over_string(self, text, length)) {
                return ITEMS_MORE;
            }
            continue;
        }
        self->at++;
        if (byte == '{' || byte == '[') {
            if (self->depth++ == 0) {
                self->in_object = byte == '{';
            }
            bool begins = self->depth == 2 && self->in_object && byte == '[' && self->keyed;
            self->keyed = false;
            if (begins) {
                self->in_items = true;
                return ITEMS_BEGIN;
            }
        } else if ((byte == '}' || byte == ']') && self->depth > 0) {
            self->depth--;
            self->keyed = false;
            if (self->depth == 0) {
                return ITEMS_END;
            }
            self->in_items = self->in_items && self->depth >= 2;
            if (self->in_items && self->depth == 2) {
                self->cut = self->at;
                if (self->cut >= enough) {
                    return ITEMS_CUT;
                }
            }
        }
    }
    return ITEMS_MORE;
}
