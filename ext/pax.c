#include "pax.h"

#include <string.h>

enum pax_result pax_next(struct pax_reader *reader, struct pax_record *record) {
    if (reader->at >= reader->length || reader->bytes[reader->at] == 0) {
        return PAX_DONE; /* some writers fill up with NULs */
    }
    const uint8_t *start = reader->bytes + reader->at;
    size_t left = reader->length - reader->at;
    size_t size = 0;
    size_t digits = 0;
    while (digits < left && digits < 8 && start[digits] >= '0' && start[digits] <= '9') {
        size = size * 10 + (size_t)(start[digits++] - '0');
    }
    if (digits == 0 || digits == left || start[digits] != ' ' || size > left || size < digits + 3 || start[size - 1] != '\n') {
        return PAX_MALFORMED;
    }
    record->key = start + digits + 1;
    const uint8_t *equals = memchr(record->key, '=', size - digits - 2);
    if (equals == NULL) {
        return PAX_MALFORMED;
    }
    record->key_length = (size_t)(equals - record->key);
    record->value = equals + 1;
    record->value_length = (size_t)(start + size - 1 - record->value);
    reader->at += size;
    return PAX_RECORD;
}

bool pax_key_is(const struct pax_record *record, const char *key) {
    return record->key_length == strlen(key) && memcmp(record->key, key, record->key_length) == 0;
}

int64_t pax_decimal(const struct pax_record *record) {
    int64_t value = 0;
    for (size_t i = 0; i < record->value_length; i++) {
        uint8_t digit = record->value[i];
        if (digit < '0' || digit > '9' || value > (INT64_MAX - 9) / 10) {
            return -1;
        }
        value = value * 10 + (digit - '0');
    }
    return record->value_length ? value : -1;
}
