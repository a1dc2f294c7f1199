#include "pack_repeats.h"

#include <stdlib.h>
#include <string.h>

/* Where an object was seen first. */
struct seen {
    uint32_t pack; /* 1 + its number; 0: an empty place */
    uint32_t name;
};

/* Of the whole id: an index that is made up may hold ids that differ in a few bits only. */
static uint64_t place_of(const uint8_t *id, size_t length, uint64_t salt) {
    uint64_t hash = salt;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t word;
        memcpy(&word, id + i, sizeof word);
        hash = (hash ^ word) * salt;
        hash ^= hash >> 29;
    }
    return hash * salt;
}

enum status packs_pass_repeats(struct pack **packs, size_t count, size_t *passed) {
    *passed = 0;
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += packs[i]->count;
    }
    size_t places = 16;
    unsigned shift = 60;
    while (places < 2 * total) {
        places *= 2;
        shift--;
    }
    struct seen *seen = count > 1 ? calloc(places, sizeof *seen) : NULL;
    if (count <= 1) {
        return STATUS_OK;
    }
    if (seen == NULL) {
        return STATUS_NO_MEMORY;
    }
    uint64_t salt = (uint64_t)(uintptr_t)seen * UINT64_C(0x9e3779b97f4a7c15) | 1; /* where the system put it nobody can tell in advance */
    for (size_t i = 0; i < count; i++) {
        struct pack *pack = packs[i];
        for (size_t k = 0; k < pack->count; k++) {
            const uint8_t *id = pack_id(pack, pack->entries[k].name);
            size_t place = place_of(id, pack->id_length, salt) >> shift;
            while (seen[place].pack && memcmp(pack_id(packs[seen[place].pack - 1], seen[place].name), id, pack->id_length) != 0) {
                place = (place + 1) & (places - 1);
            }
            if (seen[place].pack) {
                pack->entries[k].passed = true;
                ++*passed;
            } else {
                seen[place] = (struct seen){(uint32_t)i + 1, pack->entries[k].name};
            }
        }
    }
    free(seen);
    return STATUS_OK;
}
