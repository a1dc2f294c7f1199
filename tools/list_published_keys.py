"""`python tools/list_published_keys.py FOLDER …`: write secretscan/checksums/published_keys.bin from the private keys in the folders.

The folders are sources of well-known projects as everybody can have them. The table in the tree was made from OpenSSL (the crate
openssl-src 300.5.0+3.5.0), the standard library of Go 1.26.8, golang.org/x/crypto 0.38.0, OpenSSH portable (regress), Twisted 24.11.0,
Paramiko 3.5.1, rustls 0.23.27, curl 8.12.1, libgit2 1.9.0, node-forge 1.3.1 and Vagrant (the key that every Vagrant box is shipped with).
Keys are read as the scanner reads them, also where code quotes them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from secretscan.checksums._published import fingerprint
from secretscan.checksums.pem_private_key import BLOCK, read

TABLE = Path(__file__).resolve().parent.parent / "secretscan" / "checksums" / "published_keys.bin"


def keys(folder: Path) -> set[bytes]:
    """Fingerprints of the readable private keys under a folder."""
    found = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            for block in BLOCK.finditer(path.read_bytes()):
                key = read(block[0] + b"-----END")
                if key is not None and not key.guarded and key.whole:
                    found.add(fingerprint(key.raw))
    return found


def main() -> None:
    known = set().union(*(keys(Path(folder)) for folder in sys.argv[1:]))
    TABLE.write_bytes(b"".join(sorted(known)))
    sys.stdout.write(f"{len(known)} keys\n")


if __name__ == "__main__":
    main()
