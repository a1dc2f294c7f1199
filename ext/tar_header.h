/* The fields of one 512-byte tar header. Layouts: IEEE 1003.1 (ustar), GNU tar's manual, appendix "Basic Tar Format". */
#ifndef SECRETSCAN_TAR_HEADER_H
#define SECRETSCAN_TAR_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tar.h"

#define TAR_NAME_MAX 256 /* prefix, "/" and name */

bool tar_bytes_are_zero(const uint8_t *bytes, size_t length);
bool tar_block_is_zero(const uint8_t *block);
/* Both the unsigned sum and the signed one of old writers are taken. */
bool tar_checksum_holds(const uint8_t *block);
uint8_t tar_header_type(const uint8_t *block);
/* -1: negative, too large or no number. */
int64_t tar_header_size(const uint8_t *block);
/* 0 if it is no number. */
uint32_t tar_header_mode(const uint8_t *block);
/* Write at most TAR_NAME_MAX bytes and return how many. */
size_t tar_header_name(const uint8_t *block, uint8_t *name);
size_t tar_header_link(const uint8_t *block, uint8_t *name);
/* Types that never have data, whatever their size field says: links, devices, directories, FIFOs. */
bool tar_type_is_bare(uint8_t type);
/* '0' for every spelling of a file with content ('\0', contiguous, sparse); '5' for a V7 directory, which ends in '/'. */
uint8_t tar_plain_type(uint8_t type, const struct tar_name *name, int64_t size);
bool tar_header_sparse_goes_on(const uint8_t *block);
bool tar_sparse_block_goes_on(const uint8_t *block);

#endif
