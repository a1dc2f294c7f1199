/* A regex as a small program, run by backtracking that never takes the same fork at the same place twice. RE2's meaning: of all matches
   the leftmost, and of those the one whose choices come first. */
#ifndef SECRETSCAN_PROGRAM_H
#define SECRETSCAN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* How a program is handed over, numbers of 4 bytes, the lowest first: how many operations, sets, forks and slots; a set of the bytes that may
   begin a match; the sets, 32 bytes each; the operations: kind, first, second, fork. */
#define PROGRAM_HEAD (4 * 4 + 32)
#define PROGRAM_OPERATION (4 * 4)

enum operation_kind {
    OP_MATCH,
    OP_SET,   /* a byte of set `first` */
    OP_RUN,   /* bytes of set `first`, as many as the OP_BOUNDS behind it allows */
    OP_LAZY,  /* the same, as few as can be */
    OP_SPLIT, /* on at `first`, or else at `second` */
    OP_JUMP,  /* on at `first` */
    OP_SAVE,  /* slot `first` is here */
    OP_LOOK,  /* assertion `first` holds here */
    OP_BOUNDS, /* of a run: at least `first` bytes, at most `second` (UINT32_MAX: no limit) */
    OP_KINDS,
};

enum look {
    LOOK_WORD,
    LOOK_NO_WORD,
    LOOK_BEGIN,
    LOOK_END,
    LOOK_LINE_BEGIN,
    LOOK_LINE_END,
    LOOKS,
};

#define NO_FORK UINT32_MAX

struct operation {
    uint32_t kind;
    uint32_t first;
    uint32_t second;
    uint32_t fork; /* its number, if it is asked whether it was here before */
};

struct program {
    struct operation *operations;
    uint32_t (*sets)[8];
    uint32_t begins[8];
    uint32_t count;
    uint32_t set_count;
    uint32_t forks;
    uint32_t slots;
};

/* What a search needs, kept from one to the next, whatever the program. All zeros to begin with. */
struct trial {
    struct frame *frames;
    size_t frame_room;
    uint8_t *seen;
    size_t seen_room;
    size_t *slots; /* SIZE_MAX: not set */
    size_t slot_room;
    size_t low;    /* where `seen` begins */
    size_t steps;
};

enum found {
    FOUND_NONE,
    FOUND_MATCH,
    FOUND_UNDECIDED, /* it would take too much time or memory */
    FOUND_NO_MEMORY,
};

/* STATUS_INVALID if the bytes are no program. Free it whatever was returned. */
enum status program_read(struct program *program, const uint8_t *bytes, size_t length);
void program_free(struct program *program);
void trial_free(struct trial *trial);

/* The first match that begins in text[from:until + 1] and ends at `high` or before; assertions see the whole text. Its slots are the trial's. */
enum found program_search(
    const struct program *program, struct trial *trial, const uint8_t *text, size_t length, size_t from, size_t until, size_t high);
/* Forget what was tried: call it before the first search, and after a match. */
bool trial_reset(struct trial *trial, const struct program *program, size_t low, size_t high);

#endif
