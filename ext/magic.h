/* Packed and sealed content by the bytes that it begins with. */
#ifndef SECRETSCAN_MAGIC_H
#define SECRETSCAN_MAGIC_H

#include <stddef.h>
#include <stdint.h>

/* What kind of packed content these bytes begin; NULL if none that is known. For "zlib", "lzma", "deflate" and "OpenPGP" this is a guess
   that inflating must prove. 512 bytes are enough to tell. */
const char *packed_kind(const uint8_t *text, size_t length);

#endif
