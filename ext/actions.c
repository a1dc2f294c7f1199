#include "actions.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define NEAR ((size_t)512) /* bytes looked at on either side of an action to tell whether it has its line to itself */

static bool is_gap(uint8_t byte) {
    return byte == ' ' || byte == '\t';
}

static bool opens(const uint8_t *text, size_t length, size_t at) {
    return length - at >= 2 && text[at] == '{' && (text[at + 1] == '{' || text[at + 1] == '%');
}

/* Where the next action begins; `length` if there is none. */
static size_t next_opening(const uint8_t *text, size_t length, size_t from) {
    while (from < length) {
        const uint8_t *brace = memchr(text + from, '{', length - from);
        if (brace == NULL) {
            break;
        }
        from = (size_t)(brace - text);
        if (opens(text, length, from)) {
            return from;
        }
        from++;
    }
    return length;
}

/* Where the action that opens at `start` ends; 0 if it does not. */
static size_t end_of_action(const uint8_t *text, size_t length, size_t start) {
    uint8_t first = text[start + 1] == '{' ? '}' : '%';
    for (size_t at = start + 2; at < length;) {
        const uint8_t *found = memchr(text + at, first, length - at);
        if (found == NULL) {
            break;
        }
        at = (size_t)(found - text) + 1;
        if (at < length && text[at] == '}') {
            return at + 1;
        }
    }
    return 0;
}

bool has_bare_actions(const uint8_t *text, size_t length) {
    for (size_t at = next_opening(text, length, 0); at < length; at = next_opening(text, length, at + 2)) {
        size_t before = at;
        while (before > 0 && is_gap(text[before - 1])) {
            before--;
        }
        if (before == 0 || memchr("\n:-", text[before - 1], 3) != NULL) {
            return true;
        }
    }
    return false;
}

static void fill(uint8_t *text, size_t start, size_t end, uint8_t with) {
    for (size_t i = start; i < end; i++) {
        if (text[i] != '\n' && text[i] != '\r') {
            text[i] = with;
        }
    }
}

/* The end of actions that stand alone on the line that begins at `start`, the last line's end not included; 0 if something else does. */
static size_t end_of_lone_actions(const uint8_t *text, size_t length, size_t start) {
    size_t at = start;
    bool any = false;
    while (true) {
        while (at < length && is_gap(text[at])) {
            at++;
        }
        if (!(length - at >= 2 && text[at] == '{' && text[at + 1] == '{')) {
            break;
        }
        at += 2;
        while (at < length && text[at] != '{' && text[at] != '}') {
            at++;
        }
        if (!(length - at >= 2 && text[at] == '}' && text[at + 1] == '}')) {
            return 0;
        }
        at += 2;
        any = true;
    }
    if (at < length && text[at] == '\r') {
        at++;
    }
    return any && (at == length || text[at] == '\n') ? at : 0;
}

/* Whether an action prints a block of lines, as the functions say that it calls. */
static bool prints_block(const uint8_t *text, size_t start, size_t end) {
    static const char *const names[] = {"indent", "nindent", "toYaml", "tplvalues"};
    for (size_t at = start; at < end; at++) {
        if (!is_word(text[at]) || is_word(text[at - 1])) {
            continue;
        }
        size_t stop = at;
        while (stop < end && is_word(text[stop])) {
            stop++;
        }
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (strlen(names[i]) == stop - at && memcmp(names[i], text + at, stop - at) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Whether an action leaves nothing on its line. */
static bool vanishes(const uint8_t *text, size_t length, size_t start, size_t end) {
    if (text[start + 1] == '%' || memchr(text + start, '\n', end - start) != NULL) {
        return true;
    }
    for (size_t at = end; at < length && at < end + NEAR && text[at] != '\n'; at++) {
        if (!is_blank(text[at])) {
            return false;
        }
    }
    size_t nearest = start > NEAR ? start - NEAR : 0;
    size_t before = start;
    while (before > nearest && text[before - 1] != '\n' && is_blank(text[before - 1])) {
        before--;
    }
    return before == nearest || text[before - 1] == '\n' || prints_block(text, start, end);
}

enum status blank_actions(const uint8_t *text, size_t length, uint8_t *out) {
    uint8_t *given = malloc(length + 1);
    if (given == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(given, text, length);
    for (size_t line = 0; line < length;) {
        size_t end = end_of_lone_actions(text, length, line);
        if (end > 0) {
            fill(given, line, end, ' ');
            line = end;
        }
        const uint8_t *newline = memchr(text + line, '\n', length - line);
        line = newline != NULL ? (size_t)(newline - text) + 1 : length;
    }
    memcpy(out, given, length);
    for (size_t start = next_opening(given, length, 0); start < length;) {
        size_t end = end_of_action(given, length, start);
        if (end == 0) {
            break;
        }
        fill(out, start, end, vanishes(given, length, start, end) ? ' ' : ACTION_FILLER);
        start = next_opening(given, length, end);
    }
    free(given);
    return STATUS_OK;
}
