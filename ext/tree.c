#include "tree.h"

#include <string.h>

#include "bytes.h"

void tree_init(struct tree *self) {
    memset(self, 0, sizeof *self);
}

void tree_free(struct tree *self) {
    free(self->nodes);
    free(self->made);
    tree_init(self);
}

size_t tree_add(struct tree *self, enum node_type type, size_t start) {
    void *nodes = self->nodes;
    enum status code = grow_array(&nodes, &self->room, self->count + 1, sizeof *self->nodes);
    self->nodes = nodes;
    if (code != STATUS_OK) {
        return SIZE_MAX;
    }
    struct node *node = &self->nodes[self->count];
    memset(node, 0, sizeof *node);
    node->type = (uint8_t)type;
    node->start = (uint32_t)start;
    return self->count++;
}

bool tree_reserve(struct tree *self, size_t length) {
    void *made = self->made;
    enum status code = grow_array(&made, &self->made_room, self->made_length + length, 1);
    self->made = made;
    return code == STATUS_OK;
}
