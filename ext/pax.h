/* Records of a pax extended header: "<length> <key>=<value>\n", the length in decimal and counting all of it. */
#ifndef SECRETSCAN_PAX_H
#define SECRETSCAN_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pax_reader {
    const uint8_t *bytes;
    size_t length;
    size_t at;
};

struct pax_record {
    const uint8_t *key;
    size_t key_length;
    const uint8_t *value;
    size_t value_length;
};

enum pax_result { PAX_RECORD, PAX_DONE, PAX_MALFORMED };

enum pax_result pax_next(struct pax_reader *reader, struct pax_record *record);
bool pax_key_is(const struct pax_record *record, const char *key);
/* The value as a number; -1 if it is none or too large. */
int64_t pax_decimal(const struct pax_record *record);

#endif
