#include "pack_scan.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "message.h"
#include "sniff.h"

#define BYTES_ENOUGH ((size_t)8 << 20)
#define OBJECTS_ENOUGH 4096
#define SCANNED_ENOUGH ((uint64_t)256 << 20)

static const char LFS[] = "version https://git-lfs.github.com/spec/v1\n";

enum status pack_scan_init(
    struct pack_scan *scan, const struct pack *pack, const struct matcher *matcher, size_t largest, bool all) {
    *scan = (struct pack_scan){.pack = pack, .matcher = matcher, .largest = min_size(largest, MADE_MOST), .all = all};
    enum status status = findings_init(&scan->found, 1);
    if (status == STATUS_OK) {
        status = visitor_init(&scan->visitor, pack);
    }
    return status == STATUS_OK ? heir_init(&scan->heir, matcher) : status;
}

void pack_scan_free(struct pack_scan *scan) {
    visitor_free(&scan->visitor);
    heir_free(&scan->heir);
    free(scan->words.items);
    free(scan->objects);
    free(scan->bytes);
    findings_free(&scan->found);
    confirming_free(&scan->confirming);
    free(scan->message);
    *scan = (struct pack_scan){0};
}

static enum status give(struct pack_scan *scan, struct given_object object) {
    enum status status =
        grow_array((void **)&scan->objects, &scan->object_room, scan->object_count + 1, sizeof *scan->objects);
    if (status == STATUS_OK) {
        scan->objects[scan->object_count++] = object;
    }
    return status;
}

static enum status give_unread(struct pack_scan *scan, uint32_t entry) {
    const struct pack_entry *found = &scan->pack->entries[entry];
    return give(scan, (struct given_object){.as = GIVEN_UNREAD, .kind = found->kind, .name = found->name});
}

/* Leaves of what stands in a text, from `first` on, what is confirmed. */
static enum status confirm(struct pack_scan *scan, const struct text *text, size_t first) {
    if (scan->matcher->confirmer.count == 0 || scan->found.count == first) {
        return STATUS_OK;
    }
    return confirm_text(&scan->matcher->confirmer, &scan->confirming, text, &scan->found, first);
}

/* Tells what stands in a text as any text is told. */
static enum status tell(struct pack_scan *scan, const uint8_t *bytes, size_t length, const struct records *records, uint8_t *flags) {
    struct findings *found = &scan->found;
    size_t first = found->count;
    struct text text = {bytes, length, 0};
    found->per_item[0] = 0;
    found->flags[0] = 0;
    if (!records->known || records->count > scan->matcher->candidate_cap) {
        enum status status = match_texts(scan->matcher, &text, 1, found);
        *flags = found->flags[0];
        return status;
    }
    for (size_t i = 0; i < records->count; i++) {
        uint32_t check = records->items[i].check;
        if (!(check & RECORD_HELD)) {
            continue;
        }
        enum status status = grow_array((void **)&found->candidates, &found->room, found->count + 1, sizeof *found->candidates);
        if (status != STATUS_OK) {
            return status;
        }
        found->candidates[found->count++] = (struct candidate){0, check & RECORD_CHECK, records->items[i].offset};
    }
    *flags = sniff(bytes, length);
    return confirm(scan, &text, first);
}

/* A text that was searched: counted, and handed out if it must be looked at. */
static enum status weigh(struct pack_scan *scan, struct given_object object, const uint8_t *text, size_t length, const struct records *records) {
    scan->scanned++;
    scan->scanned_bytes += length;
    if (object.kind == KIND_BLOB && length >= sizeof LFS - 1 && memcmp(text, LFS, sizeof LFS - 1) == 0) {
        object.as = GIVEN_LFS;
    }
    object.first = scan->found.count;
    object.first_match = scan->found.matches.count;
    enum status status = tell(scan, text, length, records, &object.flags);
    object.last = scan->found.count;
    object.last_match = scan->found.matches.count;
    bool quiet = object.first == object.last && object.first_match == object.last_match && !object.flags;
    if (status != STATUS_OK || (quiet && !scan->all && object.as != GIVEN_LFS)) {
        return status;
    }
    object.start = scan->byte_count;
    object.length = length;
    status = grow_array((void **)&scan->bytes, &scan->byte_room, scan->byte_count + length, 1);
    if (status != STATUS_OK) {
        return status;
    }
    if (length > 0) {
        memcpy(scan->bytes + scan->byte_count, text, length);
    }
    scan->byte_count += length;
    return give(scan, object);
}

static enum status take_message(struct pack_scan *scan, struct given_object object, const struct made *made) {
    enum status status = grow_array((void **)&scan->message, &scan->message_room, made->length + 2, 1);
    if (status != STATUS_OK) {
        return status;
    }
    size_t length = message_of(made->bytes, made->length, scan->message);
    status = heir_search(&scan->heir, scan->message, length, NULL, NULL, &scan->words);
    return status == STATUS_OK ? weigh(scan, object, scan->message, length, &scan->words) : status;
}

static enum status take_object(struct pack_scan *scan, struct made *made, const struct made *base) {
    const struct pack_entry *entry = &scan->pack->entries[made->entry];
    if (made->length > scan->largest) {
        return entry->passed ? STATUS_OK : give_unread(scan, made->entry);
    }
    struct given_object object = {.as = GIVEN_TEXT, .kind = entry->kind, .name = entry->name};
    if (entry->kind != KIND_BLOB) {
        return entry->passed ? STATUS_OK : take_message(scan, object, made);
    }
    const struct records *known = base ? &base->records : NULL;
    const struct delta *delta = base ? &scan->visitor.delta : NULL;
    enum status status = heir_search(&scan->heir, made->bytes, made->length, known, delta, &made->records);
    return status != STATUS_OK || entry->passed ? status : weigh(scan, object, made->bytes, made->length, &made->records);
}

enum status pack_scan_next(struct pack_scan *scan, bool *done) {
    scan->object_count = scan->byte_count = scan->found.count = scan->found.matches.count = 0;
    scan->scanned = scan->scanned_bytes = 0;
    *done = false;
    while (scan->byte_count < BYTES_ENOUGH && scan->object_count < OBJECTS_ENOUGH && scan->scanned_bytes < SCANNED_ENOUGH) {
        struct made *made;
        struct made *base;
        uint32_t entry;
        enum status status = STATUS_OK;
        switch (visitor_next(&scan->visitor, &made, &base, &entry)) {
        case VISIT_END:
            *done = true;
            return STATUS_OK;
        case VISIT_NO_MEMORY:
            return STATUS_NO_MEMORY;
        case VISIT_UNMADE:
            status = scan->pack->entries[entry].passed ? STATUS_OK : give_unread(scan, entry);
            break;
        case VISIT_MADE:
            status = take_object(scan, made, base);
            break;
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}
