#include "yaml.h"

#include <string.h>

static long column_of(const struct yaml *self) {
    return (long)(self->at - self->line);
}

static bool at_end(const struct yaml *self) {
    return self->at == self->length;
}

bool yaml_is_blank(const struct yaml *self, size_t at) {
    return at >= self->length || self->text[at] == ' ' || self->text[at] == '\n';
}

/* Whether the characters are those that libyaml takes, in UTF-8, and lines end as here: carriage returns are left to it. */
static bool is_readable(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < length;) {
        uint8_t first = text[i];
        if (first < 0x80) {
            if ((first < 0x20 && first != '\n' && first != '\t') || first == 0x7F) {
                return false;
            }
            i++;
            continue;
        }
        size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if (first < 0xC2 || first > 0xF4 || length - i <= more) {
            return false;
        }
        uint32_t code = first & (0x3Fu >> more);
        for (size_t k = 1; k <= more; k++) {
            if ((text[i + k] & 0xC0) != 0x80) {
                return false;
            }
            code = code << 6 | (text[i + k] & 0x3F);
        }
        static const uint32_t least[] = {0, 0xA0, 0x800, 0x10000}; /* below 0xA0 stand control characters and a line's end */
        if (code < least[more] || (code >= 0xD800 && code < 0xE000) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
            code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

bool yaml_skip(struct yaml *self) {
    const uint8_t *text = self->text;
    while (self->at < self->length) {
        uint8_t byte = text[self->at];
        if (byte == ' ') {
            self->at++;
        } else if (byte == '\n') {
            self->line = ++self->at;
        } else if (byte == '#') {
            if (self->at > 0 && text[self->at - 1] != ' ' && text[self->at - 1] != '\n') {
                return false;
            }
            const uint8_t *newline = memchr(text + self->at, '\n', self->length - self->at);
            self->at = newline != NULL ? (size_t)(newline - text) : self->length;
        } else {
            size_t left = self->length - self->at;
            bool marker = self->at == self->line && left >= 3 && (byte == '-' || byte == '.') && memcmp(text + self->at, byte == '-' ? "---" : "...", 3) == 0;
            return byte != '\t' && !marker;
        }
    }
    return true;
}

bool yaml_line_ends(const struct yaml *self) {
    size_t i = self->at;
    while (i < self->length && self->text[i] == ' ') {
        i++;
    }
    return i == self->length || self->text[i] == '\n' || (self->text[i] == '#' && i > self->at);
}

size_t yaml_open(struct yaml *self, enum node_type type, size_t start) {
    self->events += 2;
    if (self->events > self->limits.events || (type != NODE_SCALAR && ++self->depth > self->limits.depth)) {
        return SIZE_MAX;
    }
    size_t number = tree_add(self->tree, type, start);
    if (number == SIZE_MAX) {
        self->failed = true;
        return SIZE_MAX;
    }
    self->tree->nodes[number].key = self->key;
    self->key = (struct string){0, 0, PLACE_TEXT};
    return number;
}

void yaml_close(struct yaml *self, size_t number, size_t end) {
    struct node *node = &self->tree->nodes[number];
    node->end = (uint32_t)end;
    node->next = (uint32_t)self->tree->count;
    self->depth--;
}

bool yaml_add_scalar(struct yaml *self, const struct word *word) {
    size_t number = yaml_open(self, NODE_SCALAR, word->start);
    if (number == SIZE_MAX) {
        return false;
    }
    struct node *node = &self->tree->nodes[number];
    node->value = word->string;
    node->style = word->style;
    node->end = (uint32_t)word->end;
    node->next = (uint32_t)self->tree->count;
    return true;
}

static bool add_empty(struct yaml *self, size_t at) {
    struct word word = {{(uint32_t)at, 0, PLACE_TEXT}, at, at, 0, true};
    return yaml_add_scalar(self, &word);
}

static bool is_dash(const struct yaml *self) {
    return self->text[self->at] == '-' && yaml_is_blank(self, self->at + 1);
}

/* A quoted string or the first line of a plain scalar. `is_key`: a colon follows, behind which `at` comes to stand. */
static bool read_word(struct yaml *self, struct word *word, bool *is_key) {
    uint8_t first = self->text[self->at];
    bool quoted = first == '"' || first == '\'';
    if (!(quoted ? yaml_quoted(self, word) : yaml_plain_line(self, false, word))) {
        return false;
    }
    size_t colon = self->at;
    while (colon < self->length && self->text[colon] == ' ') {
        colon++;
    }
    *is_key = colon < self->length && self->text[colon] == ':' && yaml_is_blank(self, colon + 1);
    if (*is_key) {
        if (!word->one_line || colon - word->start > MAX_KEY) {
            return false;
        }
        self->at = colon + 1;
        return true;
    }
    return quoted ? yaml_line_ends(self) : true;
}

static bool read_node(struct yaml *self, long indent, bool after_key, bool fresh_line);

/* A block mapping whose first key was read. */
static bool read_map(struct yaml *self, long column, const struct word *first) {
    size_t number = yaml_open(self, NODE_MAP, first->start);
    if (number == SIZE_MAX) {
        return false;
    }
    struct word key = *first;
    while (true) {
        self->key = key.string;
        if (!read_node(self, column, true, false) || !yaml_skip(self)) {
            return false;
        }
        if (at_end(self) || column_of(self) < column) {
            break;
        }
        bool is_key;
        if (column_of(self) > column || is_dash(self) || !read_word(self, &key, &is_key) || !is_key) {
            return false;
        }
    }
    yaml_close(self, number, self->at);
    return true;
}

/* A block sequence whose first dash stands here. One that is a key's value may stand at the key's own column. */
static bool read_sequence(struct yaml *self, bool beside_keys) {
    long column = column_of(self);
    size_t number = yaml_open(self, NODE_SEQ, self->at);
    if (number == SIZE_MAX) {
        return false;
    }
    while (true) {
        self->at++;
        if (!read_node(self, column, false, false) || !yaml_skip(self)) {
            return false;
        }
        if (at_end(self) || column_of(self) < column) {
            break;
        }
        if (column_of(self) > column) {
            return false;
        }
        if (!is_dash(self)) {
            if (!beside_keys) {
                return false;
            }
            break;
        }
    }
    yaml_close(self, number, self->at);
    return true;
}

/* A scalar, brackets, or, where there may be one, a mapping. */
static bool read_content(struct yaml *self, long indent, bool may_be_map) {
    struct word word;
    switch (self->text[self->at]) {
    case '|':
    case '>':
        return yaml_block_lines(self, indent, &word) && yaml_add_scalar(self, &word);
    case '[':
    case '{':
        return yaml_flow(self) && yaml_line_ends(self);
    default:
        break;
    }
    long column = column_of(self);
    struct string key = self->key;
    bool is_key;
    if (!read_word(self, &word, &is_key)) {
        return false;
    }
    if (is_key) {
        self->key = key;
        return may_be_map && read_map(self, column, &word);
    }
    return (word.style != 0 || yaml_plain_lines(self, indent, &word)) && yaml_add_scalar(self, &word);
}

/* What follows a colon or a dash of a collection at column `indent`. `fresh_line`: nothing stands before it on its line. */
static bool read_node(struct yaml *self, long indent, bool after_key, bool fresh_line) {
    size_t mark = self->at;
    size_t line = self->line;
    if (!yaml_skip(self)) {
        return false;
    }
    if (at_end(self)) {
        return add_empty(self, mark);
    }
    if (self->line != line || fresh_line) {
        long column = column_of(self);
        if (column <= indent) {
            return column == indent && after_key && is_dash(self) ? read_sequence(self, true) : add_empty(self, mark);
        }
        return is_dash(self) ? read_sequence(self, false) : read_content(self, indent, true);
    }
    if (is_dash(self)) {
        return !after_key && read_sequence(self, false);
    }
    return read_content(self, indent, !after_key);
}

enum reading yaml_read(struct tree *tree, const uint8_t *text, size_t length, struct limits limits) {
    if (length > UINT32_MAX / 2) {
        return READING_LONG;
    }
    if (!is_readable(text, length)) {
        return READING_BROKEN;
    }
    struct yaml self = {tree, text, length, 0, 0, 0, 4, limits, {0, 0, PLACE_TEXT}, false}; /* a stream and a document begin and end */
    while (self.at < length && (text[self.at] == '\n' || text[self.at] == '#')) {
        const uint8_t *newline = memchr(text + self.at, '\n', length - self.at);
        self.line = self.at = newline != NULL ? (size_t)(newline - text) + 1 : length;
    }
    if (length - self.at >= 3 && memcmp(text + self.at, "---", 3) == 0) {
        self.at += 3;
        if (!yaml_is_blank(&self, self.at) || !yaml_line_ends(&self)) {
            return READING_BROKEN;
        }
        const uint8_t *newline = memchr(text + self.at, '\n', length - self.at);
        self.line = self.at = newline != NULL ? (size_t)(newline - text) + 1 : length;
    }
    bool whole = yaml_skip(&self) && !at_end(&self) && read_node(&self, -1, false, true) && yaml_skip(&self) && at_end(&self);
    if (self.failed) {
        return READING_FAILED;
    }
    return whole && (tree->nodes[0].type != NODE_SCALAR) ? READING_WHOLE : READING_BROKEN;
}
