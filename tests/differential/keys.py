"""Key pairs that are the same each time, so that a case is too.  They protect nothing."""

import base64
import functools
import hashlib
import random

import nacl.encoding
import nacl.signing


def is_prime(n, rnd):
    """Miller and Rabin, 20 rounds."""
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)):
        return False
    s = (n - 1 & 1 - n).bit_length() - 1
    for _ in range(20):
        x = pow(rnd.randrange(2, n - 1), n - 1 >> s, n)
        if x not in (1, n - 1) and not any((x := x * x % n) == n - 1 for _ in range(s - 1)):
            return False
    return True


def prime(bits, rnd):
    while True:
        n = rnd.getrandbits(bits) | 3 << bits - 2 | 1
        if n % 65537 != 1 and is_prime(n, rnd):
            return n


def der(tag, content):
    n = len(content)
    size = bytes([n]) if n < 128 else bytes([0x80 + (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + content


def der_numbers(*numbers):
    return der(0x30, b"".join(der(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers))


class Key:
    """`private` as python3-dkim takes it, `p` as DNS does."""

    def __init__(self, kind, private, public):
        self.kind, self.private = kind, private
        self.algorithm = b"rsa-sha256" if kind == "rsa" else b"ed25519-sha256"
        self.p = base64.b64encode(public).decode()
        self.record = f"v=DKIM1; k={kind}; p={self.p}"


@functools.lru_cache(maxsize=None)
def rsa(bits):
    rnd = random.Random(f"rsa {bits}")
    p, q = prime(bits // 2, rnd), prime(bits - bits // 2, rnd)
    n, e = p * q, 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    body = base64.encodebytes(der_numbers(0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)))
    private = b"-----BEGIN RSA PRIVATE KEY-----\n" + body + b"-----END RSA PRIVATE KEY-----\n"
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return Key("rsa", private, der(0x30, algorithm + der(3, b"\0" + der_numbers(n, e))))


@functools.lru_cache(maxsize=None)
def ed25519(name="one"):
    pair = nacl.signing.SigningKey(hashlib.sha256(name.encode()).digest())
    return Key("ed25519", pair.encode(encoder=nacl.encoding.Base64Encoder), pair.verify_key.encode())
