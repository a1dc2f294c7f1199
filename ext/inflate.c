#include "inflate.h"

#include <stdlib.h>

#ifdef SECRETSCAN_LIBDEFLATE

#include <libdeflate.h>

const char *const inflater_name = "libdeflate";

struct inflater *inflater_new(void) {
    return (struct inflater *)libdeflate_alloc_decompressor();
}

void inflater_free(struct inflater *inflater) {
    if (inflater != NULL) {
        libdeflate_free_decompressor((struct libdeflate_decompressor *)inflater);
    }
}

bool inflate_whole(struct inflater *inflater, const uint8_t *from, size_t length, uint8_t *into, size_t size) {
    size_t used;
    return libdeflate_zlib_decompress_ex((struct libdeflate_decompressor *)inflater, from, length, into, size, &used, NULL) ==
           LIBDEFLATE_SUCCESS;
}

#elif defined(SECRETSCAN_ZLIB)

#include <limits.h>
#include <zlib.h>

const char *const inflater_name = "zlib";

struct inflater {
    z_stream stream;
};

struct inflater *inflater_new(void) {
    struct inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater != NULL && inflateInit(&inflater->stream) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

void inflater_free(struct inflater *inflater) {
    if (inflater != NULL) {
        inflateEnd(&inflater->stream);
        free(inflater);
    }
}

bool inflate_whole(struct inflater *inflater, const uint8_t *from, size_t length, uint8_t *into, size_t size) {
    z_stream *stream = &inflater->stream;
    if (size > UINT_MAX || inflateReset(stream) != Z_OK) {
        return false;
    }
    stream->next_in = (z_const Bytef *)from;
    stream->avail_in = length > UINT_MAX ? UINT_MAX : (uInt)length;
    stream->next_out = into;
    stream->avail_out = (uInt)size;
    return inflate(stream, Z_FINISH) == Z_STREAM_END && stream->avail_out == 0;
}

#else

const char *const inflater_name = "";

struct inflater *inflater_new(void) {
    return malloc(1);
}

void inflater_free(struct inflater *inflater) {
    free(inflater);
}

bool inflate_whole(struct inflater *inflater, const uint8_t *from, size_t length, uint8_t *into, size_t size) {
    (void)inflater, (void)from, (void)length, (void)into, (void)size;
    return false;
}

#endif
