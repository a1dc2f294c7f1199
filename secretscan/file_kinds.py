"""What stands in a tree and is no file with content."""

from __future__ import annotations

import stat

from secretscan.model import Reason

_NOT_CONTENT = {
    stat.S_IFLNK: Reason.SYMLINK,
    stat.S_IFIFO: Reason.FIFO,
    stat.S_IFSOCK: Reason.SOCKET,
    stat.S_IFCHR: Reason.DEVICE,
    stat.S_IFBLK: Reason.DEVICE,
}


def reason_of(mode: int) -> Reason:
    """Why what has this mode (as stat tells it) is not read. Of a folder there is nothing to say: it is walked."""
    return _NOT_CONTENT.get(stat.S_IFMT(mode), Reason.DEVICE)
