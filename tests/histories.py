"""Random histories of real git, with secrets in them, packed in every way: for the two readers of histories to agree on."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from repositories import Repository
from tokens import aws_pair, github_pat, private_key_pem

_WORDS = ("int main(void) {", "return 0;", "# settings", "password", "token = ", "kind: Pod", "apiVersion: v1", "value", "key", "\t", "= ")
_PATHS = (b"a.c", b"b/settings.py", b"b/c/deploy.yaml", b"d.env", b"e.bin", b"f.json")


def make(path: Path, rng: random.Random, versions: int = 40) -> Repository:
    """A repository of some versions of some files: edits, moves, reverts, binaries, long lines, huge and empty files."""
    repo = Repository(path, "--bare", *(("--object-format=sha256",) if rng.random() < 0.2 else ()))
    contents: list[bytes] = [_text(rng)]
    stream: list[bytes] = []
    tree: dict[bytes, bytes] = {}
    for number in range(versions):
        content = _next(rng, contents)
        contents.append(content)
        name = rng.choice(_PATHS)
        message = rng.choice([b"change", b"leak " + _secret(rng), b""])
        stream.append(b"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata %d\n%s\n" % (number, len(message), message))
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(content), content))
        if rng.random() < 0.1 and tree:
            stream.append(b"D %s\n" % rng.choice(sorted(tree)))
        tree[name] = content
    repo.git("-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", stdin=b"".join(stream))
    _pack(repo, rng)
    return repo


def _pack(repo: Repository, rng: random.Random) -> None:
    """Packed with any depth and window, in one pack or many, some of it again, some of it loose."""
    depth, window = rng.choice([0, 1, 2, 50, 400, 4095]), rng.choice([0, 2, 10, 100])
    options = [f"--depth={depth}", f"--window={window}", *(("--write-bitmap-index",) if rng.random() < 0.3 else ())]
    repo.git("repack", "-a", "-d", "-f", "-q", *options)
    chosen = [line.split()[0] for line in repo.git("rev-list", "--objects", "--all").splitlines() if rng.random() < 0.3]
    listed = "\n".join(chosen).encode() + b"\n"
    folder = repo.path / "objects/pack"
    if rng.random() < 0.4:  # some of it in a second pack too, with deltas of its own, whole or by name
        by_offset = ("--delta-base-offset",) if rng.random() < 0.5 else ()
        repo.git("pack-objects", "-q", "--window=5", *by_offset, folder / "pack", stdin=listed)
    if rng.random() < 0.3:
        repo.git("multi-pack-index", "write")
    if rng.random() < 0.4 and chosen:  # and some loose
        for id in chosen[:5]:
            kind = repo.git("cat-file", "-t", id)
            repo.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", stdin=_raw(repo, kind, id))
    repo.git("hash-object", "-w", "--stdin", stdin=b"dangling " + _secret(rng))


def _raw(repo: Repository, kind: str, id: str) -> bytes:
    return subprocess.run(["git", "cat-file", kind, id], cwd=repo.path, capture_output=True, check=True).stdout


def _next(rng: random.Random, contents: list[bytes]) -> bytes:
    """A file's next version."""
    content = rng.choice(contents[-3:])
    chance = rng.random()
    if chance < 0.05:
        return rng.choice(contents)  # a revert
    if chance < 0.1:
        return rng.choice([b"", rng.randbytes(3000), b"x" * 20_000, b"\x1f\x8b\x08" + rng.randbytes(50), "wide".encode("utf-16")])
    if chance < 0.13:
        return b"filler of a long file\n" * 250_000
    if len(content) > 1 << 20:
        return content[: rng.randrange(2000)]
    for _ in range(rng.randrange(1, 4)):
        at, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
        piece = content[at : min(end, at + rng.choice([3, 30, 300]))]
        kind = rng.randrange(7)
        if kind == 0:  # moved
            rest = content.replace(piece, b"", 1) if piece else content
            to = rng.randrange(len(rest) + 1)
            content = rest[:to] + piece + rest[to:]
        elif kind == 1:
            content = content[:at] + content[at + len(piece) :]
        elif kind == 2:  # two copies, of which a secret may be made
            content = content[:at] + piece + piece + content[at:]
        elif kind == 3:
            content = content[:at] + b"\nAWS_SECRET_ACCESS_KEY=" + aws_pair(seed=rng.randrange(3))[1].encode() + b"\n" + content[at:]
        elif kind == 4:
            content = content[:at] + _secret(rng) + content[at:]
        elif kind == 5 and content:  # a byte, perhaps of a secret
            content = content[:at] + bytes([rng.choice(b'aZ0 \n"=')]) + content[at + 1 :]
        else:
            content = content[:at] + _text(rng)[:200] + content[at:]
    return content


def _secret(rng: random.Random) -> bytes:
    """One that is known by its form, whole or cut."""
    seed = rng.randrange(3)
    forms = (aws_pair(seed=seed)[0], github_pat(seed), f'password = "{aws_pair(seed=seed)[1]}"', private_key_pem(seed, "ec"))
    secret = rng.choice(forms).encode()
    return secret[rng.choice([0, 0, 0, 5]) :] if rng.random() < 0.8 else secret[: rng.randrange(len(secret))]


def _text(rng: random.Random) -> bytes:
    lines = (" ".join(rng.choices(_WORDS, k=rng.randrange(8))) for _ in range(rng.randrange(60)))
    return rng.choice(["\n", "\n", "  "]).join(lines).encode()
