#include "run.h"

#include "bytes.h"

#ifdef FILTER_AVX2
#include <immintrin.h>
#endif

#define BLOCK 64
#define BLOCK_READ (BLOCK + 8) /* bytes that are read for a block */
/* So much of a text is filtered before what passed is looked at: a look in between costs the processor its guesses. */
#define STRETCH 4096
#define AT_ONCE 4

/* Places of a stretch that may begin a literal, and room for those that are written in advance. */
struct passed {
    uint32_t places[STRETCH + AT_ONCE];
    size_t count;
};

static inline bool holds_byte(const uint32_t *set, uint8_t byte) {
    return set[byte >> 5] >> (byte & 31) & 1;
}

/* The places of whole blocks that the filter lets through. */
static void pass_blocks(const struct filter *filter, const uint8_t *bytes, size_t blocks, struct passed *passed) {
    passed->count = 0;
    for (size_t i = 0; i < blocks * BLOCK; i++) {
        uint32_t window = filter_window(bytes + i);
        if (filter_holds(filter, window) && filter_holds_again(filter, window)) {
            passed->places[passed->count++] = (uint32_t)i;
        }
    }
}

#ifdef FILTER_AVX2
/* Which of the block's places pass, a bit each. Measured over 84 MB of Python, MB/s of this step alone: 2,580 with gathers of eight, 2,470 with
   sixteen (AVX-512), 1,740 with the hashes alone taken together, 1,020 to 1,190 one by one. */
__attribute__((target("avx2"))) static inline uint64_t pass_block(const uint32_t *filter_bits, const uint8_t *bytes) {
    const __m256i windows = _mm256_setr_epi8(
        0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    const __m256i kept = _mm256_set1_epi32(FILTER_KEPT);
    const __m256i factor = _mm256_set1_epi32((int)FILTER_FACTOR);
    const __m256i low = _mm256_set1_epi32(31);
    uint64_t passed = 0;
    for (unsigned i = 0; i < BLOCK; i += 8) {
        __m256i eight = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(bytes + i)));
        __m256i four = _mm256_and_si256(_mm256_shuffle_epi8(eight, windows), kept);
        __m256i hash = _mm256_srli_epi32(_mm256_mullo_epi32(four, factor), 32 - FILTER_BITS);
        __m256i words = _mm256_i32gather_epi32((const int *)filter_bits, _mm256_srli_epi32(hash, 5), 4);
        __m256i bits = _mm256_slli_epi32(_mm256_srlv_epi32(words, _mm256_and_si256(hash, low)), 31);
        passed |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(bits)) << i;
    }
    return passed;
}

/* As above, and with as few branches as can be: most blocks have few places that pass, so that many are written whatever they are. */
__attribute__((target("avx2,bmi,popcnt"))) static void pass_blocks_wide(
    const struct filter *filter, const uint8_t *bytes, size_t blocks, struct passed *passed) {
    uint32_t *places = passed->places;
    size_t count = 0;
    for (size_t block = 0; block < blocks; block++) {
        uint64_t bits = pass_block(filter->bits, bytes + block * BLOCK);
        size_t end = count + (size_t)__builtin_popcountll(bits);
        for (;;) {
            for (size_t i = 0; i < AT_ONCE; i++) {
                places[count + i] = (uint32_t)(block * BLOCK) + (uint32_t)_tzcnt_u64(bits);
                bits &= bits - 1;
            }
            count += AT_ONCE;
            if (count >= end) {
                break;
            }
        }
        count = end;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t place = places[i];
        places[kept] = place;
        kept += filter_holds_again(filter, filter_window(bytes + place));
    }
    passed->count = kept;
}
#endif

static inline bool stands(const struct spelling *spelling, const struct text *text, size_t start) {
    uint64_t bytes[2];
    if (text->length - start >= SPELLED) {
        memcpy(bytes, text->bytes + start, sizeof bytes);
    } else if (text->length - start >= spelling->length) {
        uint8_t padded[SPELLED] = {0};
        memcpy(padded, text->bytes + start, text->length - start);
        memcpy(bytes, padded, sizeof bytes);
    } else {
        return false;
    }
    return (((bytes[0] & spelling->mask[0]) ^ spelling->value[0]) | ((bytes[1] & spelling->mask[1]) ^ spelling->value[1])) == 0;
}

static inline bool has_company(const struct beside *beside, const struct text *text, size_t start, size_t end) {
    return (start == 0 || holds_byte(beside->before, text->bytes[start - 1])) &&
           (end >= text->length || holds_byte(beside->behind, text->bytes[end]));
}

/* The filter lets the window at `place` through: some literal may stand around it. False if no more is asked of this text. */
static bool look(struct run *run, const struct text *text, size_t place, uint32_t window) {
    const struct filter *filter = run->matcher->filter;
    const struct slot *slot = &filter->slots[filter_slot(filter, window)];
    while (slot->window != window) {
        if (slot->first == slot->last) {
            return true;
        }
        slot = slot == filter->slots + ((size_t)1 << filter->slot_bits) - 1 ? filter->slots : slot + 1;
    }
    for (uint32_t i = slot->first; i < slot->last; i++) {
        const struct spelling *spelling = &filter->spellings[i];
        size_t start = place - spelling->window;
        if (spelling->window > place || !stands(spelling, text, start)) {
            continue;
        }
        const struct beside *literal = &filter->literals[spelling->literal];
        if (!has_company(literal, text, start, start + spelling->length)) {
            continue;
        }
        size_t known = min_size(spelling->length, SPELLED);
        for (uint32_t k = literal->first; k < literal->last; k++) {
            if (!run_take(run, text, filter->order[k], start, known, run->trails)) {
                return false;
            }
        }
    }
    return true;
}

/* Filters a text, its last bytes from a copy with zeros behind it. */
void run_filter_between(struct run *run, const struct text *text, size_t from, size_t to) {
    const struct filter *filter = run->matcher->filter;
    struct passed passed;
    uint8_t rest[2 * BLOCK_READ];
    for (size_t at = from; at < to;) {
        size_t left = text->length - at;
        size_t wanted = min_size((to - at + BLOCK - 1) / BLOCK, STRETCH / BLOCK);
        size_t blocks = left < BLOCK_READ ? 0 : min_size((left - BLOCK_READ) / BLOCK + 1, wanted);
        const uint8_t *bytes = text->bytes + at;
        size_t end = at + blocks * BLOCK;
        if (blocks == 0) {
            memset(rest, 0, sizeof rest);
            memcpy(rest, bytes, left);
            bytes = rest;
            blocks = (left + BLOCK - 1) / BLOCK;
            end = text->length;
        }
#ifdef FILTER_AVX2
        (filter->wide ? pass_blocks_wide : pass_blocks)(filter, bytes, blocks, &passed);
#else
        pass_blocks(filter, bytes, blocks, &passed);
#endif
        for (size_t i = 0; i < passed.count; i++) {
            size_t place = at + passed.places[i];
            if (place < end && !look(run, text, place, filter_window(bytes + passed.places[i]))) {
                return;
            }
        }
        at = end;
    }
}

void run_filter(struct run *run) {
    for (size_t i = 0; i < run->count && run->status == STATUS_OK; i++) {
        run_filter_between(run, &run->texts[i], 0, run->texts[i].length);
    }
}
