#include "net/hmac.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

bool hmac_sha256(struct str key, struct str text, char hex[static HMAC_HEX])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    hex[0] = '\0';
    if (key.n > INT_MAX ||
        HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, sum, &n) == NULL || n != 32)
        return false;
    for (unsigned int i = 0; i < n; i++) {
        hex[2 * i] = digit[sum[i] >> 4];
        hex[2 * i + 1] = digit[sum[i] & 15];
    }
    hex[2 * n] = '\0';
    return true;
}
