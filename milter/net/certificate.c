#include "net/certificate.h"

#include <limits.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

const char *certificate_trouble(struct str pem, const char *host, const char *other, int64_t now)
{
    BIO *bio = pem.n > INT_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *x = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    time_t at = (time_t)now;
    const char *why = "";

    if (x == NULL)
        why = "it is no certificate in PEM";
    else if (X509_cmp_time(X509_get0_notAfter(x), &at) < 0)
        why = "it expired";
    else if (X509_cmp_time(X509_get0_notBefore(x), &at) > 0)
        why = "it is not valid yet";
    else if (X509_check_host(x, host, 0, 0, NULL) != 1 &&
             (other == NULL || X509_check_host(x, other, 0, 0, NULL) != 1))
        why = "it is not for this domain";
    X509_free(x);
    (void)BIO_free(bio);
    return why;
}
