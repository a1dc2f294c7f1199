#include "pack_head.h"

#include "bytes.h"

#define AT_ONCE ((size_t)64 << 10) /* of an entry that is longer its head is read first, to learn how much of it there should be */

bool pack_head_read(const struct pack *pack, uint64_t offset, const uint8_t *bytes, size_t length, struct pack_head *head) {
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + length;
    if (at == end) {
        return false;
    }
    uint8_t byte = *at++;
    *head = (struct pack_head){.type = byte >> 4 & 7, .size = byte & 15};
    for (unsigned shift = 4; byte & 0x80; shift += 7) {
        if (at == end || shift > 56) {
            return false;
        }
        byte = *at++;
        head->size |= (uint64_t)(byte & 0x7f) << shift;
    }
    if (head->type == NAMED_DELTA) {
        if ((size_t)(end - at) < pack->id_length) {
            return false;
        }
        head->id = at;
        at += pack->id_length;
    } else if (head->type == OFFSET_DELTA) {
        if (at == end) {
            return false;
        }
        byte = *at++;
        head->back = byte & 0x7f;
        while (byte & 0x80) {
            if (at == end || head->back >> 55) {
                return false;
            }
            byte = *at++;
            head->back = (head->back + 1) << 7 | (byte & 0x7f);
        }
        if (head->back == 0 || head->back > offset) {
            return false;
        }
    }
    head->length = (size_t)(at - bytes);
    return true;
}

uint64_t pack_entry_length(const struct pack *pack, uint32_t entry) {
    uint64_t end = entry + 1 < pack->count ? pack->entries[entry + 1].offset : pack->end;
    return end - pack->entries[entry].offset;
}

bool pack_stored(const struct pack *pack, struct pack_file *file, uint32_t entry, uint64_t largest, struct stored *stored) {
    uint64_t offset = pack->entries[entry].offset;
    uint64_t room = pack_entry_length(pack, entry);
    size_t length = room > AT_ONCE ? HEAD_MOST : (size_t)room;
    const uint8_t *bytes = pack_file_get(file, offset, length, 0);
    struct pack_head head;
    if (bytes == NULL || !pack_head_read(pack, offset, bytes, length, &head) || head.size > largest) {
        return false;
    }
    if (room > AT_ONCE) { /* what does not shrink is stored with 5 bytes to a block: an eighth more is no honest stream's need */
        length = (size_t)(room < head.length + head.size + head.size / 8 + AT_ONCE ? room : head.length + head.size + head.size / 8 + AT_ONCE);
        bytes = pack_file_get(file, offset, length, 0);
        if (bytes == NULL) {
            return false;
        }
    }
    bool delta = head.type == OFFSET_DELTA || head.type == NAMED_DELTA;
    *stored = (struct stored){bytes + head.length, length - head.length, head.size, delta};
    return true;
}
