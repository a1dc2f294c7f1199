/* Templates that were not rendered: what stands between {{ and }}, or {% and %}, blanked out byte for byte. */
#ifndef SECRETSCAN_ACTIONS_H
#define SECRETSCAN_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define ACTION_FILLER 'T'

/* Whether actions stand where YAML would not have them: at a line's beginning, or as an unquoted value or item. */
bool has_bare_actions(const uint8_t *text, size_t length);
/* Writes the text to `out`, of the same length. Actions that have their line to themselves, span lines or print blocks at a line's end
   become spaces, others filler; line ends stay. */
enum status blank_actions(const uint8_t *text, size_t length, uint8_t *out);

#endif
