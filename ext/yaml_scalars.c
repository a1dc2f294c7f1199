#include <string.h>

#include "bytes.h"
#include "utf8.h"
#include "yaml.h"

static bool append(struct yaml *self, const uint8_t *bytes, size_t length) {
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

static bool append_newlines(struct yaml *self, size_t count) {
    for (; count > 0; count--) {
        if (!append(self, (const uint8_t *)"\n", 1)) {
            return false;
        }
    }
    return true;
}

/* What stands for `count` line ends between two lines of text. */
static bool append_fold(struct yaml *self, size_t count) {
    return count == 1 ? append(self, (const uint8_t *)" ", 1) : append_newlines(self, count - 1);
}

static struct string made_since(const struct yaml *self, size_t start) {
    return (struct string){(uint32_t)start, (uint32_t)(self->tree->made_length - start), PLACE_MADE};
}

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
        if (word->one_line && !append(self, text + word->string.at, word->string.length)) {
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
        if (!append_fold(self, newlines) || !append(self, text + i, end - i)) {
            return false;
        }
        word->one_line = false;
        word->end = end;
        self->line = line;
        self->at = k;
    }
    if (!word->one_line) {
        word->string = made_since(self, made);
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
        if (!append(self, text + from, i - from)) {
            return false;
        }
        size_t newlines;
        if (text[i] == '\n') {
            struct tree *tree = self->tree;
            while (tree->made_length > solid && (tree->made[tree->made_length - 1] == ' ' || tree->made[tree->made_length - 1] == '\t')) {
                tree->made_length--;
            }
            if (!over_lines(self, &i, &newlines) || !append_fold(self, newlines)) {
                return false;
            }
            word->one_line = false;
        } else if (doubled) {
            if (!append(self, text + i, 1)) {
                return false;
            }
            i += 2;
        } else if (i + 1 < self->length && text[i + 1] == '\n') {
            i += 1;
            if (!over_lines(self, &i, &newlines) || !append_newlines(self, newlines - 1)) {
                return false;
            }
            word->one_line = false;
        } else {
            uint32_t code;
            uint8_t bytes[4];
            size_t length = escape_at(self, i, &code);
            if (length == 0 || !append(self, bytes, (size_t)(write_utf8(bytes, code) - bytes))) {
                return false;
            }
            i += length;
        }
        solid = self->tree->made_length;
        from = i;
    }
    if (copied && !append(self, text + from, i - from)) {
        return false;
    }
    word->string = copied ? made_since(self, made) : (struct string){(uint32_t)from, (uint32_t)(i - from), PLACE_TEXT};
    word->end = self->at = i + 1;
    return true;
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
            if (empty == 0 && !append(self, (const uint8_t *)" ", 1)) {
                return false;
            }
        } else if (waits && !append_newlines(self, 1)) {
            return false;
        }
        if (!append_newlines(self, empty)) {
            return false;
        }
        was_blank = blank;
        const uint8_t *newline = memchr(text + self->at, '\n', self->length - self->at);
        size_t end = newline != NULL ? (size_t)(newline - text) : self->length;
        if (!append(self, text + self->at, end - self->at)) {
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
    if (chomping != '-' && waits && !append_newlines(self, 1)) {
        return false;
    }
    if (chomping == '+' && !append_newlines(self, empty)) {
        return false;
    }
    word->string = made_since(self, made);
    return true;
}
