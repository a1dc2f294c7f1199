#include "yaml.h"

/* Collections in brackets: https://yaml.org/spec/1.1/#id928909. */

static uint8_t byte_here(const struct yaml *self) {
    return self->at < self->length ? self->text[self->at] : 0;
}

static bool read_word(struct yaml *self, struct word *word) {
    uint8_t first = byte_here(self);
    return first == '"' || first == '\'' ? yaml_quoted(self, word) : yaml_plain_line(self, true, word);
}

static bool read_value(struct yaml *self) {
    uint8_t first = byte_here(self);
    if (first == '[' || first == '{') {
        return yaml_flow(self);
    }
    struct word word;
    return read_word(self, &word) && yaml_add_scalar(self, &word);
}

/* A key, its colon, and what it leads to. */
static bool read_entry(struct yaml *self) {
    struct word word;
    if (!read_word(self, &word) || !word.one_line) {
        return false;
    }
    while (byte_here(self) == ' ') {
        self->at++;
    }
    if (byte_here(self) != ':' || self->at - word.start > MAX_KEY) {
        return false;
    }
    self->at++;
    if (!yaml_is_blank(self, self->at) && word.style == 0) {
        return false;
    }
    self->key = word.string;
    return yaml_skip(self) && read_value(self);
}

bool yaml_flow(struct yaml *self) {
    bool map = byte_here(self) == '{';
    size_t number = yaml_open(self, map ? NODE_MAP : NODE_SEQ, self->at);
    if (number == SIZE_MAX) {
        return false;
    }
    uint8_t closing = map ? '}' : ']';
    self->at++;
    while (true) {
        if (!yaml_skip(self)) {
            return false;
        }
        if (byte_here(self) == closing) {
            break;
        }
        if (!(map ? read_entry(self) : read_value(self)) || !yaml_skip(self)) {
            return false;
        }
        if (byte_here(self) == ',') {
            self->at++;
        } else if (byte_here(self) != closing) {
            return false;
        }
    }
    self->at++;
    yaml_close(self, number, self->at);
    return true;
}
