#include "inherit.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Records of a text: with more, it and what is made from it are searched whole. */
#define RECORDS_MOST ((size_t)50000)

enum status heir_init(struct heir *heir, const struct matcher *matcher) {
    *heir = (struct heir){.matcher = matcher};
    for (size_t i = 0; i < matcher->count; i++) {
        heir->longest = matcher->checks[i].length > heir->longest ? matcher->checks[i].length : heir->longest;
    }
    heir->plain = matcher->filter == NULL || matcher->count > RECORD_CHECK || heir->longest + 2 > CONTEXT;
    heir->told = calloc(matcher->count + 1, sizeof *heir->told);
    heir->walked = calloc(matcher->dfa_count + 1, sizeof *heir->walked);
    heir->run = (struct run){.matcher = matcher, .texts = &heir->text, .count = 1, .heir = heir};
    heir->run.trails = calloc(matcher->dfa_count + 1, sizeof *heir->run.trails);
    return heir->told && heir->walked && heir->run.trails ? STATUS_OK : STATUS_NO_MEMORY;
}

void heir_free(struct heir *heir) {
    free(heir->told);
    free(heir->walked);
    free(heir->run.trails);
    *heir = (struct heir){0};
}

static bool add(struct heir *heir, uint32_t check, size_t offset) {
    struct records *into = heir->into;
    if (into->count >= RECORDS_MOST) {
        heir->crowded = true;
        return false;
    }
    heir->run.status = grow_array((void **)&into->items, &into->room, into->count + 1, sizeof *into->items);
    if (heir->run.status != STATUS_OK) {
        return false;
    }
    into->items[into->count++] = (struct record){(uint32_t)offset, check};
    return true;
}

static void forget_walks(struct heir *heir) {
    for (size_t i = 0; i < heir->walked_count; i++) {
        heir->run.trails[heir->walked[i]] = (struct dfa_trail){0};
    }
    heir->walked_count = 0;
}

static void note_walk(struct heir *heir, uint32_t dfa) {
    if (heir->walked_count > heir->matcher->dfa_count) { /* a trail may be left and begun anew */
        struct dfa_trail kept = heir->run.trails[dfa];
        forget_walks(heir);
        heir->run.trails[dfa] = kept;
    }
    heir->walked[heir->walked_count++] = dfa;
}

/* Whether the DFAs accept beside a literal that stands at `start`: RECORD_HELD or not, RECORD_FAR or not. */
static uint32_t ask(struct heir *heir, const struct check *check, const uint8_t *bytes, size_t length, size_t start) {
    size_t end = start + check->length;
    enum dfa_near before = check->before ? dfa_near_before(check->before, bytes + start, start, CONTEXT) : NEAR_YES;
    if (before == NEAR_NO) {
        return 0;
    }
    enum dfa_near after =
        check->after ? dfa_near_after(check->after, bytes + end, length - end, (size_t)CONTEXT - check->length) : NEAR_YES;
    if (after == NEAR_NO) {
        return 0;
    }
    if (before == NEAR_YES && after == NEAR_YES) {
        return RECORD_HELD;
    }
    if (before == NEAR_FAR && !dfa_accepts_before(check->before, bytes + start, start)) {
        return RECORD_FAR;
    }
    if (after == NEAR_FAR) {
        size_t number = (size_t)(check->after - heir->matcher->dfas);
        struct dfa_trail *trail = &heir->run.trails[number];
        bool new = trail->end == 0;
        bool accepts = dfa_accepts_after(check->after, trail, bytes + end, length - end);
        if (new && trail->end != 0) {
            note_walk(heir, (uint32_t)number);
        }
        return accepts ? RECORD_FAR | RECORD_HELD : RECORD_FAR;
    }
    return RECORD_FAR | RECORD_HELD;
}

static bool take(struct heir *heir, uint32_t number, size_t start) {
    const struct check *check = &heir->matcher->checks[number];
    if (check->once && heir->told[number] == heir->version) {
        return true;
    }
    uint32_t asked = ask(heir, check, heir->text.bytes, heir->text.length, start);
    if (asked == 0) {
        return true;
    }
    if (check->once) {
        asked |= RECORD_ONCE;
        if (asked & RECORD_HELD) {
            heir->told[number] = heir->version;
        }
    }
    return add(heir, number | asked, start);
}

bool heir_take(struct heir *heir, const struct text *text, uint32_t check, size_t start, size_t known) {
    if (start < heir->from || start >= heir->to || !check_stands(&heir->matcher->checks[check], text->bytes, text->length, start, known)) {
        return true;
    }
    return take(heir, check, start);
}

/* Literals that begin at `from` up to `to`. */
static void search(struct heir *heir, size_t from, size_t to) {
    if (from >= to || heir->crowded || heir->run.status != STATUS_OK) {
        return;
    }
    heir->from = from;
    heir->to = to;
    size_t first = heir->into->count;
    run_filter_between(&heir->run, &heir->text, from, min_size(to + heir->longest, heir->text.length));
    struct record *items = heir->into->items; /* they come by the place that the filter looks at, which is nearly this order */
    for (size_t i = first + 1; i < heir->into->count; i++) {
        struct record moved = items[i];
        size_t k = i;
        for (; k > first && items[k - 1].offset > moved.offset; k--) {
            items[k] = items[k - 1];
        }
        items[k] = moved;
    }
}

/* The bytes from `at` on are base[from] on. */
struct copy {
    size_t at;
    size_t from;
    size_t length;
};

static size_t first_from(const struct records *records, size_t offset) {
    size_t low = 0;
    size_t high = records->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (records->items[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Carries what stands in the copy further than CONTEXT from its ends, and searches what is not settled before. Returns up to where all is. */
static size_t carry(struct heir *heir, const struct records *base, size_t base_length, const struct copy *copy, size_t settled) {
    bool first = copy->at == 0 && copy->from == 0;
    bool last = copy->at + copy->length == heir->text.length && copy->from + copy->length == base_length;
    size_t low = copy->at + (first ? 0 : CONTEXT);
    size_t high = copy->at + copy->length;
    if (!last && high - copy->at < CONTEXT) {
        return settled;
    }
    high -= last ? 0 : CONTEXT;
    if (high <= low) {
        return settled;
    }
    search(heir, settled, low);
    size_t back = copy->at - copy->from; /* modulo 2^64 */
    for (size_t i = first_from(base, low - back); i < base->count && base->items[i].offset < high - back; i++) {
        struct record record = base->items[i];
        size_t offset = record.offset + back;
        uint32_t number = record.check & RECORD_CHECK;
        const struct check *check = &heir->matcher->checks[number];
        if (record.check & RECORD_FAR) {
            size_t before = check->before ? check->before->steps + (size_t)1 : 0;
            size_t after = check->length + (check->after ? check->after->steps + (size_t)1 : 0);
            bool within = (first || offset - copy->at >= before) && (last || copy->at + copy->length - offset >= after);
            if (!within) {
                if (!take(heir, number, offset)) {
                    return high;
                }
                continue;
            }
        }
        if (record.check & RECORD_ONCE) {
            if (heir->told[number] == heir->version) {
                continue;
            }
            if (record.check & RECORD_HELD) {
                heir->told[number] = heir->version;
            }
        }
        if (!add(heir, record.check, offset)) {
            return high;
        }
    }
    return high;
}

static bool follow(struct heir *heir, const struct records *base, struct delta delta) {
    struct copy copy = {0};
    size_t at = 0;
    size_t settled = 0;
    struct delta_step step;
    while (delta_next(&delta, &step) == DELTA_STEP) {
        if (step.inserted == NULL && copy.length > 0 && copy.at + copy.length == at && copy.from + copy.length == step.from) {
            copy.length += step.length;
        } else if (step.inserted == NULL) {
            if (copy.length > 0) {
                settled = carry(heir, base, delta.base_size, &copy, settled);
            }
            copy = (struct copy){at, step.from, step.length};
        }
        at += step.length;
    }
    if (copy.length > 0) {
        settled = carry(heir, base, delta.base_size, &copy, settled);
    }
    search(heir, settled, heir->text.length);
    for (size_t i = 0; i < base->count; i++) { /* another place may be there that was not recorded */
        uint32_t check = base->items[i].check;
        if (check & RECORD_ONCE && check & RECORD_HELD && heir->told[check & RECORD_CHECK] != heir->version) {
            return false;
        }
    }
    return true;
}

static void begin(struct heir *heir) {
    heir->into->count = 0;
    heir->crowded = false;
    forget_walks(heir);
    heir->version++;
    if (heir->version == 0) {
        memset(heir->told, 0, heir->matcher->count * sizeof *heir->told);
        heir->version = 1;
    }
}

enum status heir_search(
    struct heir *heir, const uint8_t *bytes, size_t length, const struct records *base, const struct delta *delta, struct records *into) {
    into->known = false;
    into->count = 0;
    if (heir->plain) {
        return STATUS_OK;
    }
    heir->text = (struct text){bytes, length, 0};
    heir->into = into;
    heir->run.status = STATUS_OK;
    begin(heir);
    if (base == NULL || !base->known || delta == NULL || !follow(heir, base, *delta)) {
        begin(heir);
        search(heir, 0, length);
    }
    into->known = !heir->crowded;
    if (heir->crowded) {
        into->count = 0;
    }
    return heir->run.status;
}
