#include <string.h>

#include "bytes.h"
#include "utf8.h"
#include "yaml.h"

/* Whether a document's marker may stand at the beginning of this line. */
static bool is_marker(const struct yaml *self, size_t at) {
    return self->length - at >= 3 && (memcmp(self->text + at, "---", 3) == 0 || memcmp(self->text + at, "...", 3) == 0);
}

static bool may_begin_plain(const struct yaml *self, bool flow) {
    uint8_t first = self->at < self->length ? self->text[self->at] : '\n';
    if (first == '-' || first == '?' || first == ':') {
        uint8_t next = self->at + 1 < self->length ? self->text[self->at + 1] : '\n';
        return next != ' ' && next != '\n' && next != '\t' && !(flow && (first != '-' || memchr(",[]{}?", next, 6) != NULL));
    }
    return memchr(" \n\t,[]{}#&*!|>'\"%@`", first, 20) == NULL;
}

bool yaml_plain_line(struct yaml *self, bool flow, struct word *word) {
    if (!may_begin_plain(self, flow)) {
        return false;
    }
    const uint8_t *text = self->text;
    size_t start = self->at, end = start, i = start;
    for (; i < self->length; i++) {
        uint8_t byte = text[i];
        if (byte == ' ') {
            continue;
        }
        if (byte == '\n' || (byte == '#' && text[i - 1] == ' ' && i > start)) {
            break;
        }
        if (byte == '\t') {
            return false;
        }
        if (byte == ':') {
            if (yaml_is_blank(self, i + 1)) {
                break;
            }
            if (text[i + 1] == '\t' || (flow && memchr(",[]{}?", text[i + 1], 6) != NULL)) {
                return false;
            }
        } else if (flow && memchr(",[]{}?", byte, 6) != NULL) {
            if (byte == '?') {
                return false;
            }
            break;
        }
        end = i + 1;
    }
    self->at = i;
    *word = (struct word){{(uint32_t)start, (uint32_t)(end - start), PLACE_TEXT}, start, end, 0, true};
    return end > start;
}

bool yaml_plain_lines(struct yaml *self, long indent, struct word *word) {
    const uint8_t *text = self->text;
    size_t made = self->tree->made_length;
    while (self->at < self->length && text[self->at] == '\n') {
        size_t line = 0, i = self->at, newlines = 0;
        for (; i < self->length && (text[i] == '\n' || text[i] == ' '); i++) {
            if (text[i] == '\n') {
                newlines++;
                line = i + 1;
            }
        }
        if (i == self->length || (long)(i - line) <= indent || text[i] == '#') {
            break;
        }
        if (text[i] == '\t' || (i == line && is_marker(self, i))) {
            return false;
        }
        if (word->one_line && !yaml_append(self, text + word->string.at, word->string.length)) {
            return false;
        }
        /* Further lines may begin with anything. */
        size_t end = i, k = i;
        for (; k < self->length && text[k] != '\n'; k++) {
            if (text[k] == ' ') {
                continue;
            }
            if (text[k] == '#' && text[k - 1] == ' ' && k > i) {
                break;
            }
            if (text[k] == '\t' || (text[k] == ':' && (yaml_is_blank(self, k + 1) || text[k + 1] == '\t'))) {
                return false;
            }
            end = k + 1;
        }
        if (!yaml_append_fold(self, newlines) || !yaml_append(self, text + i, end - i)) {
            return false;
        }
        word->one_line = false;
        word->end = end;
        self->line = line;
        self->at = k;
    }
    if (!word->one_line) {
        word->string = yaml_made_since(self, made);
    }
    return true;
}

/* The code point that an escape of a double-quoted scalar stands for, and how long the escape is; 0 long if it is none. */
static size_t escape_at(const struct yaml *self, size_t at, uint32_t *code) {
    static const char names[] = "0abt\tnvfre \"/\\N_LP";
    static const uint32_t codes[] = {0, 7, 8, '\t', '\t', '\n', 11, 12, '\r', 27, ' ', '"', '/', '\\', 0x85, 0xA0, 0x2028, 0x2029};
    if (at + 1 >= self->length) {
        return 0;
    }
    uint8_t name = self->text[at + 1];
    const char *known = memchr(names, name, sizeof names - 1);
    if (known != NULL) {
        *code = codes[known - names];
        return 2;
    }
    size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (digits == 0 || self->length - at < 2 + digits) {
        return 0;
    }
    uint32_t value = 0;
    for (size_t i = at + 2; i < at + 2 + digits; i++) {
        uint8_t byte = fold_byte(self->text[i]);
        if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f'))) {
            return 0;
        }
        value = value << 4 | (uint32_t)(byte <= '9' ? byte - '0' : byte - 'a' + 10);
    }
    *code = value;
    return value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) ? 0 : 2 + digits;
}

/* Behind the line ends that begin at `i`, and the blanks around them: how many, and what stands next. */
static bool over_lines(struct yaml *self, size_t *i, size_t *newlines) {
    *newlines = 0;
    for (; *i < self->length; (*i)++) {
        uint8_t byte = self->text[*i];
        if (byte == '\n') {
            (*newlines)++;
            self->line = *i + 1;
        } else if (byte != ' ' && byte != '\t') {
            break;
        }
    }
    return !(*i == self->line && is_marker(self, *i));
}

bool yaml_quoted(struct yaml *self, struct word *word) {
    const uint8_t *text = self->text;
    size_t start = self->at, i = start + 1, from = i; /* text[from:i] is not copied yet */
    uint8_t quote = text[start];
    size_t made = self->tree->made_length;
    size_t solid = made; /* behind the last of `made` that is no blank before a line's end */
    bool copied = false;
    *word = (struct word){{0, 0, PLACE_TEXT}, start, 0, quote, true};
    while (true) {
        while (i < self->length && text[i] != quote && text[i] != '\n' && !(text[i] == '\\' && quote == '"')) {
            i++;
        }
        if (i >= self->length) {
            return false;
        }
        bool doubled = quote == '\'' && text[i] == quote && i + 1 < self->length && text[i + 1] == quote;
        if (text[i] == quote && !doubled) {
            break;
        }
        copied = true;
        if (!yaml_append(self, text + from, i - from)) {
            return false;
        }
        size_t newlines;
        if (text[i] == '\n') {
            struct tree *tree = self->tree;
            while (tree->made_length > solid && (tree->made[tree->made_length - 1] == ' ' || tree->made[tree->made_length - 1] == '\t')) {
                tree->made_length--;
            }
            if (!over_lines(self, &i, &newlines) || !yaml_append_fold(self, newlines)) {
                return false;
            }
            word->one_line = false;
        } else if (doubled) {
            if (!yaml_append(self, text + i, 1)) {
                return false;
            }
            i += 2;
        } else if (i + 1 < self->length && text[i + 1] == '\n') {
            i += 1;
            if (!over_lines(self, &i, &newlines) || !yaml_append_newlines(self, newlines - 1)) {
                return false;
            }
            word->one_line = false;
        } else {
            uint32_t code;
            uint8_t bytes[4];
            size_t length = escape_at(self, i, &code);
            if (length == 0 || !yaml_append(self, bytes, (size_t)(write_utf8(bytes, code) - bytes))) {
                return false;
            }
            i += length;
        }
        solid = self->tree->made_length;
        from = i;
    }
    if (copied && !yaml_append(self, text + from, i - from)) {
        return false;
    }
    word->string = copied ? yaml_made_since(self, made) : (struct string){(uint32_t)from, (uint32_t)(i - from), PLACE_TEXT};
    word->end = self->at = i + 1;
    return true;
}
