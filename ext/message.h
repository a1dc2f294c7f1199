/* The words of a commit or a tag: its message first, then who wrote it. Ids and signatures are left out: they look like secrets. */
#ifndef SECRETSCAN_MESSAGE_H
#define SECRETSCAN_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* Writes them to `into`, which has room for length + 2 bytes. Returns how many they are. */
size_t message_of(const uint8_t *object, size_t length, uint8_t *into);

#endif
