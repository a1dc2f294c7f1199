/* What a C function of the core returns. The C files know no Python; _core.pyx alone turns these into exceptions. */
#ifndef SECRETSCAN_STATUS_H
#define SECRETSCAN_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_NO_MEMORY,
    STATUS_INVALID,   /* what was handed over is not what it should be */
    STATUS_TOO_LARGE, /* a count or length would not fit its integer */
};

#endif
