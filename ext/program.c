#include "program.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Beyond these another engine is asked. A window of 32 KiB with 64 forks takes 256 KiB. */
#define MOST_SEEN ((size_t)1 << 18)
#define MOST_STEPS ((size_t)1 << 22)
#define MOST_FRAMES ((size_t)1 << 18)

enum frame_kind { FRAME_SPLIT, FRAME_RUN, FRAME_LAZY, FRAME_SAVE };

/* A choice that can still be made otherwise. */
struct frame {
    uint32_t kind;
    uint32_t operation; /* where it goes on; of a save the slot */
    size_t place;       /* there; of a run the byte behind the last taken; of a save what the slot held */
    size_t limit;       /* of a run the least place, of a lazy run the farthest */
};

static uint32_t read_number(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static bool holds(const uint32_t *set, uint8_t byte) {
    return set[byte >> 5] >> (byte & 31) & 1;
}

static bool is_sound(const struct program *program) {
    for (uint32_t i = 0; i < program->count; i++) {
        const struct operation *op = &program->operations[i];
        bool last = i + 1 == program->count;
        if (op->kind >= OP_KINDS || (last && op->kind != OP_MATCH) || (op->fork != NO_FORK && op->fork >= program->forks)) {
            return false;
        }
        bool set = op->kind == OP_SET || op->kind == OP_RUN || op->kind == OP_LAZY;
        bool branch = op->kind == OP_SPLIT || op->kind == OP_JUMP;
        if ((set && op->first >= program->set_count) || (branch && op->first >= program->count) ||
            (op->kind == OP_SPLIT && op->second >= program->count) || (op->kind == OP_SAVE && op->first >= program->slots) ||
            (op->kind == OP_LOOK && op->first >= LOOKS)) {
            return false;
        }
        if ((op->kind == OP_RUN || op->kind == OP_LAZY) && op[1].kind != OP_BOUNDS) {
            return false;
        }
    }
    return true;
}

enum status program_read(struct program *program, const uint8_t *bytes, size_t length) {
    *program = (struct program){0};
    if (length < PROGRAM_HEAD) {
        return STATUS_INVALID;
    }
    program->count = read_number(bytes);
    program->set_count = read_number(bytes + 4);
    program->forks = read_number(bytes + 8);
    program->slots = read_number(bytes + 12);
    uint64_t size = PROGRAM_HEAD + (uint64_t)program->set_count * 32 + (uint64_t)program->count * PROGRAM_OPERATION;
    if (program->count == 0 || size != length || program->forks > program->count || program->slots < 2 || program->slots > 1 << 16) {
        return STATUS_INVALID;
    }
    program->operations = malloc(program->count * sizeof *program->operations);
    program->sets = malloc((program->set_count ? program->set_count : 1) * sizeof *program->sets);
    if (program->operations == NULL || program->sets == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < 8; i++) {
        program->begins[i] = read_number(bytes + 16 + 4 * i);
    }
    const uint8_t *at = bytes + PROGRAM_HEAD;
    for (size_t i = 0; i < (size_t)program->set_count * 8; i++, at += 4) {
        program->sets[i / 8][i % 8] = read_number(at);
    }
    for (size_t i = 0; i < program->count; i++, at += PROGRAM_OPERATION) {
        program->operations[i] = (struct operation){read_number(at), read_number(at + 4), read_number(at + 8), read_number(at + 12)};
    }
    return is_sound(program) ? STATUS_OK : STATUS_INVALID;
}

void program_free(struct program *program) {
    free(program->operations);
    free(program->sets);
    *program = (struct program){0};
}

void trial_free(struct trial *trial) {
    free(trial->frames);
    free(trial->seen);
    free(trial->slots);
    *trial = (struct trial){0};
}

bool trial_reset(struct trial *trial, const struct program *program, size_t low, size_t high) {
    size_t bits = (high - low + 1) * (size_t)program->forks;
    size_t bytes = bits / 8 + 1;
    if ((program->forks && (high - low + 1) > MOST_SEEN * 8 / program->forks) || bytes > MOST_SEEN) {
        return false;
    }
    if (grow_array((void **)&trial->seen, &trial->seen_room, bytes, 1) != STATUS_OK ||
        grow_array((void **)&trial->slots, &trial->slot_room, program->slots, sizeof *trial->slots) != STATUS_OK) {
        return false;
    }
    memset(trial->seen, 0, bytes);
    trial->low = low;
    trial->steps = 0;
    return true;
}

static bool look_holds(uint32_t look, const uint8_t *text, size_t length, size_t place) {
    bool left = place > 0 && is_word(text[place - 1]);
    bool right = place < length && is_word(text[place]);
    switch (look) {
    case LOOK_WORD:
        return left != right;
    case LOOK_NO_WORD:
        return left == right;
    case LOOK_BEGIN:
        return place == 0;
    case LOOK_END:
        return place == length;
    case LOOK_LINE_BEGIN:
        return place == 0 || text[place - 1] == '\n';
    default:
        return place == length || text[place] == '\n';
    }
}

struct search {
    const struct program *program;
    struct trial *trial;
    const uint8_t *text;
    size_t length;
    size_t low; /* where `seen` begins */
    size_t high;
    size_t frames;
};

static bool push(struct search *search, uint32_t kind, uint32_t operation, size_t place, size_t limit) {
    struct trial *trial = search->trial;
    if (search->frames >= MOST_FRAMES ||
        grow_array((void **)&trial->frames, &trial->frame_room, search->frames + 1, sizeof *trial->frames) != STATUS_OK) {
        return false;
    }
    trial->frames[search->frames++] = (struct frame){kind, operation, place, limit};
    return true;
}

static bool was_here(struct search *search, uint32_t fork, size_t place) {
    size_t bit = (size_t)fork * (search->high - search->low + 1) + (place - search->low);
    uint8_t mask = (uint8_t)(1u << (bit & 7));
    bool seen = search->trial->seen[bit >> 3] & mask;
    search->trial->seen[bit >> 3] |= mask;
    return seen;
}

/* Goes back to the last choice that can be made otherwise. False if there is none. */
static bool retreat(struct search *search, uint32_t *operation, size_t *place) {
    while (search->frames > 0) {
        struct frame *frame = &search->trial->frames[search->frames - 1];
        if (frame->kind == FRAME_SAVE) {
            search->trial->slots[frame->operation] = frame->place;
            search->frames--;
            continue;
        }
        *operation = frame->operation;
        if (frame->kind == FRAME_SPLIT) {
            *place = frame->place;
            search->frames--;
        } else if (frame->kind == FRAME_RUN) {
            *place = --frame->place;
            if (frame->place == frame->limit) {
                search->frames--;
            }
        } else {
            const struct operation *lazy = &search->program->operations[frame->operation - 2];
            if (frame->place >= frame->limit || !holds(search->program->sets[lazy->first], search->text[frame->place])) {
                search->frames--;
                continue;
            }
            *place = ++frame->place;
        }
        return true;
    }
    return false;
}

/* Takes a run of bytes. False if they are too few, or memory is short (then `found` says so). */
static bool take_run(struct search *search, uint32_t operation, size_t *place, enum found *found) {
    const struct operation *run = &search->program->operations[operation];
    const uint32_t *set = search->program->sets[run->first];
    size_t left = search->high - *place;
    size_t least = run[1].first;
    size_t most = run[1].second == UINT32_MAX ? left : min_size(run[1].second, left);
    if (least > left) {
        return false;
    }
    size_t wanted = run->kind == OP_RUN ? most : least;
    size_t taken = 0;
    while (taken < wanted && holds(set, search->text[*place + taken])) {
        taken++;
    }
    search->trial->steps += taken;
    if (taken < least) {
        return false;
    }
    size_t end = *place + taken;
    if (run->kind == OP_RUN && taken > least && !push(search, FRAME_RUN, operation + 2, end, *place + least)) {
        *found = FOUND_UNDECIDED;
    }
    if (run->kind == OP_LAZY && most > least && !push(search, FRAME_LAZY, operation + 2, end, *place + most)) {
        *found = FOUND_UNDECIDED;
    }
    *place = end;
    return true;
}

static enum found match_at(struct search *search, size_t place) {
    const struct program *program = search->program;
    struct trial *trial = search->trial;
    enum found found = FOUND_NONE;
    uint32_t now = 0;
    search->frames = 0;
    for (uint32_t i = 0; i < program->slots; i++) {
        trial->slots[i] = SIZE_MAX;
    }
    trial->slots[0] = place;
    for (;;) {
        const struct operation *op = &program->operations[now];
        bool goes_on = ++trial->steps <= MOST_STEPS && (op->fork == NO_FORK || !was_here(search, op->fork, place));
        if (trial->steps > MOST_STEPS) {
            return FOUND_UNDECIDED;
        }
        if (goes_on) {
            switch ((enum operation_kind)op->kind) {
            case OP_MATCH:
                trial->slots[1] = place;
                return FOUND_MATCH;
            case OP_SET:
                goes_on = place < search->high && holds(program->sets[op->first], search->text[place]);
                place++;
                now++;
                break;
            case OP_RUN:
            case OP_LAZY:
                goes_on = take_run(search, now, &place, &found);
                now += 2;
                break;
            case OP_SPLIT:
                found = push(search, FRAME_SPLIT, op->second, place, 0) ? FOUND_NONE : FOUND_UNDECIDED;
                now = op->first;
                break;
            case OP_JUMP:
                now = op->first;
                break;
            case OP_SAVE:
                found = push(search, FRAME_SAVE, op->first, trial->slots[op->first], 0) ? FOUND_NONE : FOUND_UNDECIDED;
                trial->slots[op->first] = place;
                now++;
                break;
            case OP_LOOK:
                goes_on = look_holds(op->first, search->text, search->length, place);
                now++;
                break;
            default: /* no program leads here */
                return FOUND_UNDECIDED;
            }
            if (found != FOUND_NONE) {
                return found;
            }
        }
        if (!goes_on && !retreat(search, &now, &place)) {
            return FOUND_NONE;
        }
    }
}

enum found program_search(
    const struct program *program, struct trial *trial, const uint8_t *text, size_t length, size_t from, size_t until, size_t high) {
    struct search search = {.program = program, .trial = trial, .text = text, .length = length, .low = trial->low, .high = high};
    for (size_t place = from; place <= until && place <= high; place++) {
        if (place < high ? !holds(program->begins, text[place]) : program->begins[0] != UINT32_MAX) {
            continue;
        }
        enum found found = match_at(&search, place);
        if (found != FOUND_NONE) {
            return found;
        }
    }
    return FOUND_NONE;
}
