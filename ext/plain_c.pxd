"""What _core.pyx sees of the C files. Declarations only."""

from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef extern from "<stdbool.h>" nogil:
    ctypedef bint cbool "bool"

cdef extern from "status.h" nogil:
    enum status:
        STATUS_OK
        STATUS_NO_MEMORY
        STATUS_INVALID
        STATUS_TOO_LARGE

cdef extern from "sniff.h" nogil:
    enum:
        C_FLAG_UTF16LE "FLAG_UTF16LE"
        C_FLAG_UTF16BE "FLAG_UTF16BE"
        C_FLAG_PACKED "FLAG_PACKED"
        C_FLAG_FULL "FLAG_FULL"
        C_FLAG_UTF32LE "FLAG_UTF32LE"
        C_FLAG_UTF32BE "FLAG_UTF32BE"

cdef extern from "magic.h" nogil:
    const char *packed_kind(const uint8_t *text, size_t length)

cdef extern from "embedded.h" nogil:
    struct embedded:
        const char *kind
        size_t offset
    embedded find_embedded(const uint8_t *data, size_t length, size_t start)

cdef extern from "entropy.h" nogil:
    double entropy_of(const uint8_t *data, size_t length)

cdef extern from "digest.h" nogil:
    struct digest_key:
        uint64_t low
        uint64_t high
    uint64_t digest_of(const digest_key *key, const uint8_t *data, size_t length)

cdef extern from "lines.h" nogil:
    struct line_count:
        size_t newlines
        size_t after
    line_count count_newlines(const uint8_t *data, size_t length)

cdef extern from "dfa.h" nogil:
    struct dfa:
        pass
    status dfa_read(dfa *self, const uint8_t *bytes, size_t length)
    void dfa_free(dfa *self)

cdef extern from "shapes.h" nogil:
    struct check:
        const uint8_t *literal
        const dfa *before
        const dfa *after
        uint8_t length
        bint caseless
        bint once

cdef extern from "automaton.h" nogil:
    struct automaton:
        uint32_t classes
        uint32_t states

cdef extern from "filter.h" nogil:
    struct filter:
        pass

cdef extern from "program.h" nogil:
    struct program:
        uint32_t slots
    struct trial:
        pass
    enum found_ "found":
        FOUND_NONE
        FOUND_NO_MEMORY
    status program_read(program *self, const uint8_t *bytes, size_t length)
    void program_free(program *self)
    void trial_free(trial *self)

cdef extern from "refusals.h" nogil:
    struct refusals:
        void *slots
    status refusals_init(refusals *self, uint64_t secret, uint64_t second_secret)
    void refusals_free(refusals *self)
    bint refusals_hold(const refusals *self, uint32_t owner, const uint8_t *match, size_t length, size_t at)
    void refusals_add(refusals *self, uint32_t owner, const uint8_t *match, size_t length, size_t at)

cdef extern from "confirm.h" nogil:
    struct match:
        uint32_t item
        uint32_t owner
        uint64_t start
        uint64_t end
        uint64_t secret_start
        uint64_t secret_end
    struct matches:
        match *items
        size_t count
    struct confirmer:
        size_t count
        const refusals *refusals
    status confirmer_init(confirmer *self, size_t owners, size_t checks)
    void confirmer_assign(confirmer *self, size_t check, uint32_t owner, uint32_t part)
    void confirmer_equip(confirmer *self, size_t owner, const program *program, size_t before, size_t after, uint32_t group)
    found_ confirm_places(
        const program *program, trial *trial, const uint8_t *text, size_t length, const uint64_t *places, size_t count,
        size_t before, size_t after, uint32_t group, matches *matches)

cdef extern from "batch.h" nogil:
    struct matcher:
        size_t count
        filter *filter
        automaton automaton
        confirmer confirmer
    struct text:
        const uint8_t *bytes
        size_t length
        uint32_t item
    struct candidate:
        uint32_t item
        uint32_t check
        uint64_t offset
    struct findings:
        candidate *candidates
        size_t count
        matches matches
        uint32_t *per_item
        uint8_t *flags
        size_t items
    status findings_init(findings *found, size_t items)
    void findings_free(findings *found)
    void findings_sort(findings *found, size_t start)
    status matcher_init(matcher *self, check *checks, size_t count, dfa *dfas, size_t dfa_count, size_t candidate_cap)
    void matcher_free(matcher *self)
    status match_texts(const matcher *self, const text *texts, size_t count, findings *found)

cdef extern from "files.h" nogil:
    struct content:
        uint8_t *bytes
        size_t length
    struct files:
        int *errors
        content *contents
        cbool *wanted
        size_t count
        uint64_t bytes
    status files_init(files *self, size_t count)
    void files_free(files *self)
    status match_files(const matcher *self, const char **paths, size_t max_bytes, files *read, findings *found)

cdef extern from "walk.h" nogil:
    struct paths:
        char *bytes
    struct listed:
        size_t path
        size_t length
        uint64_t size
        uint32_t mode
        int error
    struct listing:
        paths paths
        listed *entries
        size_t count
        uint64_t bytes
    struct walk:
        size_t root_length
        size_t count
    struct measure:
        int64_t largest
        size_t files
        uint64_t bytes
        size_t folders
        bint descend
    void listing_free(listing *self)
    status walk_init(walk *self, const char *root, size_t length)
    void walk_free(walk *self)
    status walk_push(walk *self, const char *below, size_t length)
    status walk_next(walk *self, const measure *measure, listing *files, listing *rest)

cdef extern from "objects.h" nogil:
    struct object_ "object":
        size_t id_start
        size_t id_length
        size_t type_start
        size_t type_length
        size_t start
        size_t end
        size_t next
    enum object_result:
        OBJECT_WHOLE
        OBJECT_UNFINISHED
        OBJECT_MALFORMED
    object_result next_object(const uint8_t *data, size_t length, size_t start, object_ *found)

cdef extern from "tar.h" nogil:
    enum tar_event:
        TAR_MORE
        TAR_MEMBER
        TAR_DATA
        TAR_END
        TAR_MALFORMED
        TAR_NO_MEMORY
    struct tar_name:
        uint8_t *bytes
        size_t length
    struct tar_walker:
        const char *problem
        tar_name name
        tar_name link
        tar_name remarks
        uint8_t type
        int64_t size
        uint32_t mode
        size_t data_start
        size_t data_end
    void tar_init(tar_walker *walker)
    void tar_free(tar_walker *walker)
    tar_event tar_next(tar_walker *walker, const uint8_t *data, size_t length, size_t *used)
    const char *tar_close(const tar_walker *walker)

cdef extern from "tree.h" nogil:
    enum place:
        PLACE_TEXT
        PLACE_MADE
        PLACE_ESCAPED
    struct string_ "string":
        uint32_t at
        uint32_t length
        uint8_t place
    enum node_type:
        NODE_SCALAR
        NODE_MAP
        NODE_SEQ
    struct node:
        uint32_t start
        uint32_t end
        uint32_t next
        string_ key
        string_ value
        uint8_t type
        uint8_t style
    struct tree:
        node *nodes
        size_t count
        uint8_t *made
    enum reading:
        READING_WHOLE
        READING_BROKEN
        READING_EARLY
        READING_DEEP
        READING_LONG
        READING_FAILED
    struct limits_ "limits":
        size_t depth
        size_t events
    void tree_init(tree *self)
    void tree_free(tree *self)
    reading json_read(tree *self, const uint8_t *text, size_t length, limits_ limits, size_t *at)
    reading yaml_read(tree *self, const uint8_t *text, size_t length, limits_ limits)

cdef extern from "actions.h" nogil:
    bint has_bare_actions(const uint8_t *text, size_t length)
    status c_blank_actions "blank_actions"(const uint8_t *text, size_t length, uint8_t *out)

cdef extern from "items.h" nogil:
    enum items_event:
        ITEMS_MORE
        ITEMS_BEGIN
        ITEMS_CUT
        ITEMS_END
    struct items_walk:
        size_t at
        size_t cut
    items_event items_next(items_walk *self, const uint8_t *text, size_t length, size_t enough)

cdef extern from "inflate.h" nogil:
    const char *inflater_name

cdef extern from "pack.h" nogil:
    enum:
        KIND_COMMIT
        KIND_BLOB
        KIND_TAG
        NO_ENTRY
    struct pack_entry:
        uint32_t name
        uint32_t below
        bint passed
    struct pack:
        size_t id_length
        size_t count
        pack_entry *entries
        uint32_t *roots
        size_t root_count
        size_t unmade
    status pack_open(pack *self, const char *pack_path, const char *index_path, size_t id_length, int *error)
    void pack_free(pack *self)
    const uint8_t *pack_id(const pack *self, uint32_t name)
    uint32_t pack_next_below(const pack *self, uint32_t entry)

cdef extern from "pack_repeats.h" nogil:
    status packs_pass_repeats(pack **packs, size_t count, size_t *passed)

cdef extern from "pack_index.h" nogil:
    uint32_t pack_index_find(const pack *self, const uint8_t *id)

cdef extern from "family.h" nogil:
    struct visitor:
        pass
    void visitor_begin(visitor *self, size_t first, size_t last)

cdef extern from "pack_scan.h" nogil:
    enum:
        GIVEN_TEXT
        GIVEN_LFS
        GIVEN_UNREAD
    struct given_object:
        int given_as "as"
        uint8_t kind
        uint8_t flags
        uint32_t name
        size_t start
        size_t length
        size_t first
        size_t last
        size_t first_match
        size_t last_match
    struct pack_scan:
        visitor visitor
        given_object *objects
        size_t object_count
        uint8_t *bytes
        findings found
        uint64_t scanned
        uint64_t scanned_bytes
    status pack_scan_init(
        pack_scan *self, const pack *pack, const matcher *matcher, size_t largest, bint all)
    void pack_scan_free(pack_scan *self)
    status pack_scan_next(pack_scan *self, cbool *done)
