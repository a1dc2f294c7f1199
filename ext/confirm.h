/* Candidates confirmed by the programs of the rules that own them, before anybody else hears of them. */
#ifndef SECRETSCAN_CONFIRM_H
#define SECRETSCAN_CONFIRM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "program.h"
#include "refusals.h"
#include "status.h"

/* Where a rule matched, and its secret in there. */
struct match {
    uint32_t item;
    uint32_t owner;
    uint64_t start;
    uint64_t end;
    uint64_t secret_start;
    uint64_t secret_end;
};

struct matches {
    struct match *items;
    size_t count;
    size_t room;
};

/* Whose checks they are. */
struct owner {
    _Atomic(const struct program *) program; /* NULL: its candidates are told as they are */
    size_t before; /* a match begins at most so many bytes ahead of a candidate */
    size_t after;  /* and ends at most so many behind its begin */
    uint32_t group; /* of the secret; 0: the first that took part and is not empty, else the whole */
    uint64_t parts; /* the bits of its checks: they are told only where all of these stand in one text */
};

struct belonging {
    uint32_t owner;
    uint32_t part; /* a bit's number */
};

struct confirmer {
    struct owner *owners;
    size_t count;
    struct belonging *belongings; /* of each check; owners ascend */
    const struct refusals *refusals; /* NULL: none */
};

/* What confirming needs, kept from one text to the next. */
struct confirming {
    struct trial trial;
    uint64_t *places;
    size_t room;
};

struct text;
struct findings;

enum status confirmer_init(struct confirmer *confirmer, size_t owners, size_t checks);
void confirmer_free(struct confirmer *confirmer);
void confirmer_assign(struct confirmer *confirmer, size_t check, uint32_t owner, uint32_t part);
/* From now on the owner's candidates are confirmed by the program, which must live as long as the confirmer. */
void confirmer_equip(struct confirmer *confirmer, size_t owner, const struct program *program, size_t before, size_t after, uint32_t group);

void confirming_free(struct confirming *confirming);

/* Appends all matches that begin at most `before` bytes ahead of one of the places (which ascend) and end at most `after` behind it. The
   search goes on behind a secret, not behind its match, so that a delimiter can end one and begin the next. */
enum found confirm_places(
    const struct program *program, struct trial *trial, const uint8_t *text, size_t length, const uint64_t *places, size_t count,
    size_t before, size_t after, uint32_t group, struct matches *matches);

/* Replaces the candidates from `from` on, which are those of the texts, by matches wherever their owners have programs. */
enum status confirm_texts(
    const struct confirmer *confirmer, const struct text *texts, size_t count, struct findings *findings, size_t from);

/* The same for one text, with what confirming needs kept by the caller. */
enum status confirm_text(
    const struct confirmer *confirmer, struct confirming *confirming, const struct text *text, struct findings *findings, size_t from);

#endif
