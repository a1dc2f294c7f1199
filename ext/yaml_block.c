#include <string.h>

#include "yaml.h"

/* Literal and folded blocks of lines: https://yaml.org/spec/1.1/#id926836. Here also what is made of several pieces of text. */

bool yaml_append(struct yaml *self, const uint8_t *bytes, size_t length) {
    struct tree *tree = self->tree;
    if (length == 0) {
        return true;
    }
    if (!tree_reserve(tree, length)) {
        self->failed = true;
        return false;
    }
    memcpy(tree->made + tree->made_length, bytes, length);
    tree->made_length += length;
    return true;
}

bool yaml_append_newlines(struct yaml *self, size_t count) {
    for (; count > 0; count--) {
        if (!yaml_append(self, (const uint8_t *)"\n", 1)) {
            return false;
        }
    }
    return true;
}

bool yaml_append_fold(struct yaml *self, size_t count) {
    return count == 1 ? yaml_append(self, (const uint8_t *)" ", 1) : yaml_append_newlines(self, count - 1);
}

struct string yaml_made_since(const struct yaml *self, size_t start) {
    return (struct string){(uint32_t)start, (uint32_t)(self->tree->made_length - start), PLACE_MADE};
}

/* Over the blanks and empty lines before the next line of a block, as far as its indentation, which is found if it is not known (0) yet. */
static bool over_indent(struct yaml *self, long parent, long *indent, size_t *newlines, size_t *end) {
    long widest = 0;
    *end = self->at;
    while (true) {
        while (self->at < self->length && self->text[self->at] == ' ' && (*indent == 0 || (long)(self->at - self->line) < *indent)) {
            self->at++;
        }
        long column = (long)(self->at - self->line);
        widest = column > widest ? column : widest;
        if (self->at < self->length && self->text[self->at] == '\t' && (*indent == 0 || column < *indent)) {
            return false;
        }
        if (self->at == self->length || self->text[self->at] != '\n') {
            break;
        }
        (*newlines)++;
        self->line = *end = ++self->at;
    }
    if (*indent == 0) {
        *indent = widest > parent ? widest : parent + 1;
        *indent = *indent < 1 ? 1 : *indent;
    }
    return true;
}

bool yaml_block_lines(struct yaml *self, long parent, struct word *word) {
    const uint8_t *text = self->text;
    size_t made = self->tree->made_length;
    *word = (struct word){{0, 0, PLACE_TEXT}, self->at, 0, text[self->at], false};
    bool folded = word->style == '>';
    long indent = 0;
    uint8_t chomping = 0;
    for (self->at++; self->at < self->length; self->at++) {
        uint8_t byte = text[self->at];
        if ((byte == '+' || byte == '-') && chomping == 0) {
            chomping = byte;
        } else if (byte >= '1' && byte <= '9' && indent == 0) {
            indent = (parent > 0 ? parent : 0) + byte - '0';
        } else {
            break;
        }
    }
    if (!yaml_line_ends(self)) {
        return false;
    }
    const uint8_t *header = memchr(text + self->at, '\n', self->length - self->at);
    self->line = self->at = header != NULL ? (size_t)(header - text) + 1 : self->length;
    size_t empty = 0; /* line ends of empty lines that wait, behind that of the last line of text, if it waits */
    bool waits = false, was_blank = false;
    if (header == NULL) {
        return false;
    }
    if (!over_indent(self, parent, &indent, &empty, &word->end)) {
        return false;
    }
    while ((long)(self->at - self->line) == indent && self->at < self->length) {
        bool blank = text[self->at] == ' ' || text[self->at] == '\t';
        if (waits && folded && !was_blank && !blank) {
            if (empty == 0 && !yaml_append(self, (const uint8_t *)" ", 1)) {
                return false;
            }
        } else if (waits && !yaml_append_newlines(self, 1)) {
            return false;
        }
        if (!yaml_append_newlines(self, empty)) {
            return false;
        }
        was_blank = blank;
        const uint8_t *newline = memchr(text + self->at, '\n', self->length - self->at);
        size_t end = newline != NULL ? (size_t)(newline - text) : self->length;
        if (!yaml_append(self, text + self->at, end - self->at)) {
            return false;
        }
        waits = newline != NULL;
        self->at = end + waits;
        if (waits) {
            self->line = self->at;
        }
        empty = 0;
        if (!over_indent(self, parent, &indent, &empty, &word->end)) {
            return false;
        }
    }
    if (chomping != '-' && waits && !yaml_append_newlines(self, 1)) {
        return false;
    }
    if (chomping == '+' && !yaml_append_newlines(self, empty)) {
        return false;
    }
    word->string = yaml_made_since(self, made);
    return true;
}
