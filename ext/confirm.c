#include "confirm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "bytes.h"

enum status confirmer_init(struct confirmer *confirmer, size_t owners, size_t checks) {
    *confirmer = (struct confirmer){.count = owners};
    confirmer->owners = calloc(owners ? owners : 1, sizeof *confirmer->owners);
    confirmer->belongings = calloc(checks ? checks : 1, sizeof *confirmer->belongings);
    return confirmer->owners && confirmer->belongings ? STATUS_OK : STATUS_NO_MEMORY;
}

void confirmer_free(struct confirmer *confirmer) {
    free(confirmer->owners);
    free(confirmer->belongings);
    *confirmer = (struct confirmer){0};
}

void confirmer_assign(struct confirmer *confirmer, size_t check, uint32_t owner, uint32_t part) {
    confirmer->belongings[check] = (struct belonging){owner, part};
    confirmer->owners[owner].parts |= UINT64_C(1) << part;
}

void confirmer_equip(struct confirmer *confirmer, size_t owner, const struct program *program, size_t before, size_t after, uint32_t group) {
    struct owner *equipped = &confirmer->owners[owner];
    if (atomic_load_explicit(&equipped->program, memory_order_relaxed) == NULL) {
        equipped->before = before;
        equipped->after = after;
        equipped->group = group;
        atomic_store_explicit(&equipped->program, program, memory_order_release);
    }
}

void confirming_free(struct confirming *confirming) {
    trial_free(&confirming->trial);
    free(confirming->places);
    *confirming = (struct confirming){0};
}

/* The next match in text[at:high] that begins at most `before` bytes ahead of one of the places. */
static enum found next_match(
    const struct program *program, struct trial *trial, const uint8_t *text, size_t length, const uint64_t *places, size_t count,
    size_t before, size_t at, size_t high) {
    size_t begin = at;
    if (!trial_reset(trial, program, at, high)) {
        return FOUND_UNDECIDED;
    }
    for (size_t i = 0; i < count && places[i] <= high; i++) {
        size_t place = places[i];
        if (place < begin) {
            continue;
        }
        size_t start = place > before ? place - before : 0;
        enum found found = program_search(program, trial, text, length, start > begin ? start : begin, place, high);
        if (found != FOUND_NONE) {
            return found;
        }
        begin = place + 1;
    }
    return FOUND_NONE;
}

static uint32_t secret_slot(const struct program *program, const struct trial *trial, uint32_t group) {
    for (uint32_t slot = 2; group == 0 && slot < program->slots; slot += 2) {
        if (trial->slots[slot] != SIZE_MAX && trial->slots[slot + 1] != SIZE_MAX && trial->slots[slot] < trial->slots[slot + 1]) {
            return slot;
        }
    }
    return 2 * group;
}

static enum found append_match(const struct program *program, const struct trial *trial, uint32_t group, struct matches *matches) {
    uint32_t slot = secret_slot(program, trial, group);
    if (trial->slots[slot] == SIZE_MAX) {
        return FOUND_UNDECIDED;
    }
    if (grow_array((void **)&matches->items, &matches->room, matches->count + 1, sizeof *matches->items) != STATUS_OK) {
        return FOUND_NO_MEMORY;
    }
    matches->items[matches->count++] =
        (struct match){0, 0, trial->slots[0], trial->slots[1], trial->slots[slot], trial->slots[slot + 1]};
    return FOUND_MATCH;
}

enum found confirm_places(
    const struct program *program, struct trial *trial, const uint8_t *text, size_t length, const uint64_t *places, size_t count,
    size_t before, size_t after, uint32_t group, struct matches *matches) {
    size_t number = 0;
    while (number < count) {
        size_t first = number;
        size_t low = places[first] > before ? places[first] - before : 0;
        size_t high = 0;
        while (number < count && (number == first || places[number] <= before || places[number] - before <= high)) {
            high = min_size(length, places[number++] + after);
        }
        for (size_t at = low; at <= high;) {
            enum found found = next_match(program, trial, text, length, places + first, number - first, before, at, high);
            if (found == FOUND_NONE) {
                break;
            }
            if (found == FOUND_MATCH) {
                found = append_match(program, trial, group, matches);
            }
            if (found != FOUND_MATCH) {
                return found;
            }
            size_t behind = matches->items[matches->count - 1].secret_end;
            at = behind > at ? behind : at + 1;
        }
    }
    return FOUND_NONE;
}

static int compare_places(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Numbers the matches from `from` on and leaves out those that are empty or were refused before. */
static void sift_matches(
    const struct confirmer *confirmer, const struct text *text, uint32_t owner, struct matches *matches, size_t from) {
    size_t kept = from;
    for (size_t i = from; i < matches->count; i++) {
        struct match match = matches->items[i];
        match.item = text->item;
        match.owner = owner;
        bool refused = match.secret_start == match.secret_end ||
            (confirmer->refusals != NULL &&
             refusals_hold(
                 confirmer->refusals, owner, text->bytes + match.start, (size_t)(match.end - match.start),
                 (size_t)(match.secret_start - match.start)));
        if (!refused) {
            matches->items[kept++] = match;
        }
    }
    matches->count = kept;
}

/* One owner's candidates in one text. */
struct share {
    const struct candidate *candidates;
    size_t count;
    uint32_t owner;
};

/* FOUND_UNDECIDED: the candidates must be told as they are. */
static enum found confirm_share(
    const struct confirmer *confirmer, struct confirming *confirming, const struct text *text, const struct share *share,
    struct matches *matches) {
    const struct owner *owner = &confirmer->owners[share->owner];
    const struct program *program = atomic_load_explicit(&owner->program, memory_order_acquire);
    if (program == NULL) {
        uint64_t parts = 0;
        for (size_t i = 0; i < share->count; i++) {
            parts |= UINT64_C(1) << confirmer->belongings[share->candidates[i].check].part;
        }
        return parts == owner->parts ? FOUND_UNDECIDED : FOUND_NONE;
    }
    if (grow_array((void **)&confirming->places, &confirming->room, share->count, sizeof *confirming->places) != STATUS_OK) {
        return FOUND_NO_MEMORY;
    }
    for (size_t i = 0; i < share->count; i++) {
        confirming->places[i] = share->candidates[i].offset;
    }
    if (share->count > 1) {
        qsort(confirming->places, share->count, sizeof *confirming->places, compare_places);
    }
    size_t before = matches->count;
    enum found found = confirm_places(
        program, &confirming->trial, text->bytes, text->length, confirming->places, share->count, owner->before, owner->after, owner->group,
        matches);
    if (found == FOUND_NONE) {
        sift_matches(confirmer, text, share->owner, matches, before);
    } else {
        matches->count = before;
    }
    return found;
}

/* The next owner's share of the next text's candidates. */
static struct share next_share(const struct confirmer *confirmer, const struct findings *findings, size_t from) {
    const struct candidate *first = &findings->candidates[from];
    struct share share = {first, 1, confirmer->belongings[first->check].owner};
    while (from + share.count < findings->count && first[share.count].item == first->item &&
           confirmer->belongings[first[share.count].check].owner == share.owner) {
        share.count++;
    }
    return share;
}

/* One text's candidates, from `from` on up to those of the next text; what is kept of them stands from *kept on. */
static enum status confirm_item(
    const struct confirmer *confirmer, struct confirming *confirming, const struct text *text, struct findings *findings, size_t *from,
    size_t *kept) {
    findings->per_item[text->item] = 0;
    while (*from < findings->count && findings->candidates[*from].item == text->item) {
        struct share share = next_share(confirmer, findings, *from);
        size_t matches = findings->matches.count;
        enum found found = confirm_share(confirmer, confirming, text, &share, &findings->matches);
        if (found == FOUND_NO_MEMORY) {
            return STATUS_NO_MEMORY;
        }
        size_t told = found == FOUND_UNDECIDED ? share.count : 0;
        findings->per_item[text->item] += (uint32_t)(told + (findings->matches.count - matches));
        *from += share.count;
        if (told) {
            memmove(&findings->candidates[*kept], share.candidates, told * sizeof *share.candidates);
            *kept += told;
        }
    }
    return STATUS_OK;
}

enum status confirm_text(
    const struct confirmer *confirmer, struct confirming *confirming, const struct text *text, struct findings *findings, size_t from) {
    size_t kept = from;
    findings_sort(findings, from);
    enum status status = confirm_item(confirmer, confirming, text, findings, &from, &kept);
    findings->count = kept;
    return status;
}

enum status confirm_texts(
    const struct confirmer *confirmer, const struct text *texts, size_t count, struct findings *findings, size_t from) {
    struct confirming confirming = {0};
    enum status status = STATUS_OK;
    size_t kept = from;
    findings_sort(findings, from);
    for (size_t number = 0; number < count && from < findings->count && status == STATUS_OK; number++) {
        if (findings->candidates[from].item == texts[number].item) {
            status = confirm_item(confirmer, &confirming, &texts[number], findings, &from, &kept);
        }
    }
    findings->count = kept;
    confirming_free(&confirming);
    return status;
}
