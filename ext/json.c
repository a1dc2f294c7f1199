#include <string.h>

#include "bytes.h"
#include "tree.h"
#include "utf8.h"

#define DEEPEST 256 /* no limit on depth is higher */

struct reader {
    struct tree *tree;
    const uint8_t *text;
    size_t length;
    size_t at;
};

static void skip_blanks(struct reader *self) {
    while (self->at < self->length && (is_blank(self->text[self->at]) || self->text[self->at] == ',')) {
        self->at++;
    }
}

/* The four hexadecimal digits at `digits`; negative if they are none. */
static int32_t hexadecimal(const uint8_t *digits) {
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t byte = fold_byte(digits[i]);
        int32_t digit = byte >= '0' && byte <= '9' ? byte - '0' : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* Undoes the escapes of text[start:end]. Those of lone surrogates, and what is no escape, are left to a decoder that knows them. */
static bool undo_escapes(struct reader *self, size_t start, size_t end, struct string *found) {
    struct tree *tree = self->tree;
    if (!tree_reserve(tree, end - start)) {
        return false;
    }
    uint8_t *out = tree->made + tree->made_length;
    const uint8_t *text = self->text;
    size_t at = start;
    while (at < end) {
        const uint8_t *slash = memchr(text + at, '\\', end - at);
        size_t until = slash != NULL ? (size_t)(slash - text) : end;
        memcpy(out, text + at, until - at);
        out += until - at;
        at = until;
        if (at == end) {
            break;
        }
        static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
        const char *name = memchr(names, text[at + 1], sizeof names - 1);
        if (name != NULL) {
            *out++ = (uint8_t)meant[name - names];
            at += 2;
            continue;
        }
        int32_t code = text[at + 1] == 'u' && end - at >= 6 ? hexadecimal(text + at + 2) : -1;
        at += 6;
        if (code >= 0xD800 && code < 0xDC00 && end - at >= 6 && text[at] == '\\' && text[at + 1] == 'u') {
            int32_t low = hexadecimal(text + at + 2);
            code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : -1;
            at += 6;
        }
        if (code < 0 || (code >= 0xD800 && code < 0xE000)) {
            *found = (struct string){(uint32_t)start, (uint32_t)(end - start), PLACE_ESCAPED};
            return true;
        }
        out = write_utf8(out, (uint32_t)code);
    }
    size_t length = (size_t)(out - tree->made) - tree->made_length;
    *found = (struct string){(uint32_t)tree->made_length, (uint32_t)length, PLACE_MADE};
    tree->made_length += length;
    return true;
}

/* The end of the string whose quote stands at `start`; 0 if it has none on its line. */
static size_t string_end(const struct reader *self, size_t start, bool *escaped) {
    *escaped = false;
    for (size_t i = start + 1; i < self->length; i++) {
        uint8_t byte = self->text[i];
        if (byte == '"') {
            return i;
        }
        if (byte == '\\') {
            *escaped = true;
            i++;
            if (i < self->length && self->text[i] == '\n') {
                return 0;
            }
        } else if (byte == '\n') {
            return 0;
        }
    }
    return 0;
}

/* The end of the number or word at `start`; `start` if there is none. */
static size_t word_end(const struct reader *self, size_t start) {
    static const char *const words[] = {"true", "false", "null"};
    const uint8_t *text = self->text;
    size_t end = start;
    size_t digits = start + (text[start] == '-');
    if (digits < self->length && text[digits] >= '0' && text[digits] <= '9') {
        for (end = digits + 1; end < self->length; end++) {
            uint8_t byte = text[end];
            if ((byte < '0' || byte > '9') && byte != '.' && byte != 'e' && byte != 'E' && byte != '+' && byte != '-') {
                break;
            }
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof *words && end == start; i++) {
        size_t length = strlen(words[i]);
        if (self->length - start >= length && memcmp(text + start, words[i], length) == 0) {
            end = start + length;
        }
    }
    if (end > start && end < self->length) {
        uint8_t next = fold_byte(text[end]);
        if (next == '_' || (next >= 'a' && next <= 'z') || (next >= '0' && next <= '9')) {
            return start;
        }
    }
    return end;
}

enum reading json_read(struct tree *tree, const uint8_t *text, size_t length, struct limits limits, size_t *at) {
    if (length > UINT32_MAX / 2 || limits.depth > DEEPEST) {
        return READING_FAILED;
    }
    struct reader self = {tree, text, length, 0};
    uint32_t stack[DEEPEST];
    size_t depth = 0;
    bool keyed = false; /* a key was read and its value is still to come */
    struct string key = {0, 0, PLACE_TEXT};
    *at = 0;
    for (size_t events = 0; events < limits.events; events++) {
        skip_blanks(&self);
        if (self.at == length) {
            if (depth == 0 && !keyed) {
                return READING_WHOLE;
            }
            return READING_BROKEN;
        }
        size_t start = self.at;
        struct node *top = depth > 0 ? &tree->nodes[stack[depth - 1]] : NULL;
        bool in_map = top != NULL && top->type == NODE_MAP;
        uint8_t first = text[start];
        if (first == '}' || first == ']') {
            *at = self.at = start + 1;
            if (top == NULL || in_map != (first == '}') || keyed) {
                return READING_EARLY;
            }
            top->end = (uint32_t)self.at;
            top->next = (uint32_t)tree->count;
            depth--;
            continue;
        }
        struct string value = {(uint32_t)start, 0, PLACE_TEXT};
        bool bracket = first == '{' || first == '[';
        if (first == '"') {
            bool escaped;
            size_t end = string_end(&self, start, &escaped);
            if (end == 0) {
                return READING_BROKEN;
            }
            value = (struct string){(uint32_t)start + 1, (uint32_t)(end - start - 1), PLACE_TEXT};
            if (escaped && !undo_escapes(&self, start + 1, end, &value)) {
                return READING_FAILED;
            }
            self.at = end + 1;
            size_t colon = self.at;
            while (colon < length && is_blank(text[colon])) {
                colon++;
            }
            if (colon < length && text[colon] == ':') {
                *at = self.at = colon + 1;
                if (!in_map || keyed) {
                    return READING_EARLY;
                }
                key = value;
                keyed = true;
                continue;
            }
        } else if (bracket) {
            self.at = start + 1;
            if (depth >= limits.depth) {
                return READING_DEEP;
            }
        } else {
            self.at = word_end(&self, start);
            if (self.at == start) {
                return READING_BROKEN;
            }
            value.length = (uint32_t)(self.at - start);
        }
        *at = self.at;
        if (in_map && !keyed) {
            return READING_EARLY;
        }
        size_t number = tree_add(tree, bracket ? (first == '{' ? NODE_MAP : NODE_SEQ) : NODE_SCALAR, start);
        if (number == SIZE_MAX) {
            return READING_FAILED;
        }
        struct node *node = &tree->nodes[number];
        if (keyed) {
            node->key = key;
            keyed = false;
        }
        if (bracket) {
            stack[depth++] = (uint32_t)number;
        } else {
            node->value = value;
            node->style = first == '"' ? '"' : 0;
            node->end = (uint32_t)self.at;
            node->next = (uint32_t)tree->count;
        }
    }
    return READING_LONG;
}
