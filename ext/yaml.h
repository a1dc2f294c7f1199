/* What the files that read YAML share: https://yaml.org/spec/1.1/, of which they understand what people write by hand. Each function
   that gives a bool gives false where it does not understand what stands there. */
#ifndef SECRETSCAN_YAML_H
#define SECRETSCAN_YAML_H

#include "tree.h"

struct yaml {
    struct tree *tree;
    const uint8_t *text;
    size_t length;
    size_t at;   /* what is read next */
    size_t line; /* where its line begins */
    size_t depth;
    size_t events;
    struct limits limits;
    struct string key; /* of the node that is added next */
    bool failed;       /* for want of memory */
};

/* A string that was read and does not stand in the tree yet. */
struct word {
    struct string string;
    size_t start;
    size_t end;
    uint8_t style;
    bool one_line;
};

#define MAX_KEY 1000 /* bytes; libyaml takes 1,024 characters */

/* Goes on to the next token, over blanks and comments. */
bool yaml_skip(struct yaml *self);
/* Whether nothing but blanks and a comment follows on the line. */
bool yaml_line_ends(const struct yaml *self);
/* Whether a blank, a line's end or the text's end stands at `at`. */
bool yaml_is_blank(const struct yaml *self, size_t at);

/* Adds a node under the key that waits; its number, or SIZE_MAX. `yaml_close` after all that is in it. */
size_t yaml_open(struct yaml *self, enum node_type type, size_t start);
void yaml_close(struct yaml *self, size_t number, size_t end);
bool yaml_add_scalar(struct yaml *self, const struct word *word);

/* What is made of pieces of text grows at the end of the tree's `made`. */
bool yaml_append(struct yaml *self, const uint8_t *bytes, size_t length);
bool yaml_append_newlines(struct yaml *self, size_t count);
/* What stands for `count` line ends between two lines of text. */
bool yaml_append_fold(struct yaml *self, size_t count);
struct string yaml_made_since(const struct yaml *self, size_t start);

/* A quoted string; `at` comes to stand behind it. */
bool yaml_quoted(struct yaml *self, struct word *word);
/* The part of a plain scalar that stands on one line; `at` comes to stand at what ended it. */
bool yaml_plain_line(struct yaml *self, bool flow, struct word *word);
/* A plain scalar of a block whose parent has the indentation `indent`: goes on with the lines that still belong to it. */
bool yaml_plain_lines(struct yaml *self, long indent, struct word *word);
/* A literal or folded block of lines. */
bool yaml_block_lines(struct yaml *self, long indent, struct word *word);
/* A collection in brackets. */
bool yaml_flow(struct yaml *self);

#endif
