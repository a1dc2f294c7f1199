#include "filter.h"

#include <stdlib.h>

#include "byte_pairs.h"
#include "bytes.h"
#include "common_windows.h"

/* With more the filter would let through too much. */
#define MOST_WINDOWS (((size_t)1 << FILTER_BITS) / 8)

/* A window and a literal that it may be part of. */
struct pair {
    uint32_t window;
    uint32_t literal;
};

struct pairs {
    struct pair *items;
    size_t count;
    size_t room;
};

static uint8_t pair_class(uint8_t byte) {
    uint8_t folded = fold_byte(byte);
    if (folded >= 'a' && folded <= 'z') {
        return (uint8_t)(folded - 'a');
    }
    if (byte >= 0x80) {
        return 31;
    }
    bool blank = byte == '\n' || byte == '\t' || byte == '\r';
    return byte >= '0' && byte <= '9' ? 26 : byte == '_' ? 27 : byte == ' ' ? 28 : blank ? 29 : 30;
}

static int compare_windows(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left & FILTER_KEPT;
    uint32_t b = *(const uint32_t *)right & FILTER_KEPT;
    return (a > b) - (a < b);
}

/* How rare four bytes are: minus the logarithm to base 2 of their share, four times. What is not common itself is told by its pairs. */
static unsigned rarity(const uint8_t *bytes) {
    uint32_t window = filter_window(bytes);
    const uint32_t *common = bsearch(&window, COMMON, COMMON_WINDOWS, sizeof window, compare_windows);
    if (common != NULL) {
        return 4 * (COMMON_LEAST + (*common >> COMMON_LEVEL));
    }
    unsigned sum = RARE_ALONE[pair_class(bytes[0])];
    for (size_t i = 1; i < WINDOW; i++) {
        sum += RARE_AFTER[pair_class(bytes[i - 1])][pair_class(bytes[i])];
    }
    return sum > 4 * COMMON_RAREST ? sum : 4 * COMMON_RAREST;
}

/* Where in the literal the four bytes stand that are rarest in source text. Measured over 84 MB of Python with 2,741 checks: by pairs alone
   19,900 looks and 53,000 comparisons a MB at 782 MB/s, with the common windows 12,700 and 17,800 at 846. */
static uint8_t choose_window(const struct check *check) {
    uint8_t best = 0;
    unsigned most = 0;
    for (uint8_t at = 0; at + WINDOW <= check->length; at++) {
        unsigned rare = rarity(check->literal + at);
        if (rare > most) {
            best = at;
            most = rare;
        }
    }
    return best;
}

static bool same_literal(const struct check *a, const struct check *b) {
    return a->length == b->length && a->caseless == b->caseless && memcmp(a->literal, b->literal, a->length) == 0;
}

static struct spelling spell(const struct check *check, uint32_t literal) {
    struct spelling spelling = {.literal = literal, .length = check->length, .window = choose_window(check)};
    uint8_t value[SPELLED] = {0};
    uint8_t mask[SPELLED] = {0};
    for (size_t i = 0; i < SPELLED && i < check->length; i++) {
        uint8_t byte = check->literal[i];
        mask[i] = check->caseless && byte >= 'a' && byte <= 'z' ? 0xdf : 0xff;
        value[i] = byte & mask[i];
    }
    memcpy(spelling.value, value, sizeof value);
    memcpy(spelling.mask, mask, sizeof mask);
    return spelling;
}

static void allow_beside(struct beside *beside, const struct check *check) {
    for (size_t word = 0; word < 8; word++) {
        beside->before[word] |= check->before == NULL ? UINT32_MAX : check->before->allowed[word];
        beside->behind[word] |= check->after == NULL ? UINT32_MAX : check->after->allowed[word];
    }
}

static enum status add_pair(struct pairs *pairs, const uint8_t *window, uint32_t literal) {
    if (pairs->count >= MOST_WINDOWS) {
        return STATUS_TOO_LARGE;
    }
    enum status status = grow_array((void **)&pairs->items, &pairs->room, pairs->count + 1, sizeof *pairs->items);
    if (status == STATUS_OK) {
        pairs->items[pairs->count++] = (struct pair){filter_window(window), literal};
    }
    return status;
}

/* Every window that the literal may stand in; behind a text's end a window reads zeros. */
static enum status add_windows(struct pairs *pairs, const struct beside *beside, const struct check *check, uint32_t literal) {
    uint8_t window[WINDOW] = {0};
    size_t known = min_size(check->length, WINDOW);
    memcpy(window, check->literal + choose_window(check), known);
    enum status status = known < 2 ? STATUS_TOO_LARGE : add_pair(pairs, window, literal);
    for (unsigned byte = 0; known < WINDOW && byte < 256 && status == STATUS_OK; byte++) {
        if (!(beside->behind[byte >> 5] >> (byte & 31) & 1)) {
            continue;
        }
        window[known] = (uint8_t)byte;
        for (unsigned last = 0; last < (known + 1 < WINDOW ? 32 : 1) && status == STATUS_OK; last++) {
            if (known + 1 < WINDOW) {
                window[known + 1] = (uint8_t)last;
            }
            status = add_pair(pairs, window, literal);
        }
    }
    return status;
}

static int compare_literals(const void *left, const void *right) {
    const struct check *a = *(const struct check *const *)left;
    const struct check *b = *(const struct check *const *)right;
    if (a->length != b->length || a->caseless != b->caseless) {
        return a->length != b->length ? (int)a->length - (int)b->length : (int)a->caseless - (int)b->caseless;
    }
    int order = memcmp(a->literal, b->literal, a->length);
    return order ? order : (a > b) - (a < b);
}

/* One literal for all checks that have the same. */
static enum status gather(struct filter *filter, const struct check *checks, size_t count) {
    const struct check **sorted = malloc((count ? count : 1) * sizeof *sorted);
    filter->order = malloc((count ? count : 1) * sizeof *filter->order);
    filter->literals = calloc(count ? count : 1, sizeof *filter->literals);
    if (sorted == NULL || filter->order == NULL || filter->literals == NULL) {
        free(sorted);
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &checks[i];
    }
    qsort(sorted, count, sizeof *sorted, compare_literals);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !same_literal(sorted[i - 1], sorted[i])) {
            filter->literals[filter->count++].first = (uint32_t)i;
        }
        struct beside *literal = &filter->literals[filter->count - 1];
        literal->last = (uint32_t)i + 1;
        allow_beside(literal, sorted[i]);
        filter->order[i] = (uint32_t)(sorted[i] - checks);
    }
    free(sorted);
    return STATUS_OK;
}

static int compare_pairs(const void *left, const void *right) {
    const struct pair *a = left;
    const struct pair *b = right;
    return a->window != b->window ? (a->window > b->window) - (a->window < b->window) : (a->literal > b->literal) - (a->literal < b->literal);
}

static struct slot *new_slot(struct filter *filter, uint32_t window, uint32_t first) {
    uint32_t hash = filter_hash(window);
    uint32_t again = filter_hash_again(window);
    filter->bits[hash >> 5] |= UINT32_C(1) << (hash & 31);
    filter->again[again >> 5] |= UINT32_C(1) << (again & 31);
    size_t at = filter_slot(filter, window);
    while (filter->slots[at].first != filter->slots[at].last) {
        at = (at + 1) & (((size_t)1 << filter->slot_bits) - 1);
    }
    filter->slots[at] = (struct slot){window, first, first};
    return &filter->slots[at];
}

static enum status fill_slots(struct filter *filter, struct pairs *pairs, const struct check *checks) {
    if (pairs->count > 1) {
        qsort(pairs->items, pairs->count, sizeof *pairs->items, compare_pairs);
    }
    filter->slot_bits = 1;
    while (((size_t)1 << filter->slot_bits) < 2 * pairs->count) {
        filter->slot_bits++;
    }
    filter->slots = calloc((size_t)1 << filter->slot_bits, sizeof *filter->slots);
    filter->spellings = malloc((pairs->count ? pairs->count : 1) * sizeof *filter->spellings);
    if (filter->slots == NULL || filter->spellings == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint32_t used = 0;
    struct slot *slot = NULL;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        if (i > 0 && compare_pairs(pair - 1, pair) == 0) {
            continue; /* two bytes that may follow look alike in a window */
        }
        if (slot == NULL || slot->window != pair->window) {
            slot = new_slot(filter, pair->window, used);
        }
        filter->spellings[used++] = spell(&checks[filter->order[filter->literals[pair->literal].first]], pair->literal);
        slot->last = used;
    }
    return STATUS_OK;
}

enum status filter_build(struct filter **built, const struct check *checks, size_t count) {
    struct filter *filter = *built = calloc(1, sizeof *filter);
    if (filter == NULL) {
        return STATUS_NO_MEMORY;
    }
    struct pairs pairs = {0};
    enum status status = count < UINT32_MAX ? gather(filter, checks, count) : STATUS_TOO_LARGE;
#ifdef FILTER_AVX2
    filter->wide = __builtin_cpu_supports("avx2");
#endif
    for (uint32_t i = 0; i < filter->count && status == STATUS_OK; i++) {
        status = add_windows(&pairs, &filter->literals[i], &checks[filter->order[filter->literals[i].first]], i);
    }
    if (status == STATUS_OK) {
        status = fill_slots(filter, &pairs, checks);
    }
    free(pairs.items);
    if (status == STATUS_TOO_LARGE) {
        filter_free(filter);
        *built = NULL;
        return STATUS_OK;
    }
    return status;
}

void filter_free(struct filter *filter) {
    if (filter != NULL) {
        free(filter->slots);
        free(filter->spellings);
        free(filter->literals);
        free(filter->order);
        free(filter);
    }
}
