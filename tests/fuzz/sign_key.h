/* A key that signs what is fuzzed, and nothing else. */
#ifndef ASSAY_TESTS_FUZZ_SIGN_KEY_H
#define ASSAY_TESTS_FUZZ_SIGN_KEY_H

#define SIGN_KEY_PUBLIC \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDHup8NxagkcBIOoOuiCpVnLlWSqXOU9wj2kc7oEXNcrTRdXloa9ZV9xYF7YoMj" \
    "mtzmUtmXgxaKVI2/t1JOPXQVn97thbIRHyYPaUPjvQH4oHj6SnzSqepBQDjYQwu2aLq0L56XLGVbocGD3U/NQqbiDDzhaFbulmY8" \
    "jQ0z/Dsp5wIDAQAB"
static const char sign_key_private[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXQIBAAKBgQDHup8NxagkcBIOoOuiCpVnLlWSqXOU9wj2kc7oEXNcrTRdXloa\n"
    "9ZV9xYF7YoMjmtzmUtmXgxaKVI2/t1JOPXQVn97thbIRHyYPaUPjvQH4oHj6SnzS\n"
    "qepBQDjYQwu2aLq0L56XLGVbocGD3U/NQqbiDDzhaFbulmY8jQ0z/Dsp5wIDAQAB\n"
    "AoGAFx84uJxwSb+bp4vjm3/EKgzIJVFuqwkqRXk9zcnvZAQ9Mq3wmnxh0QyjX8hY\n"
    "zC9qcVOYEx0+58bAHji304zzujTLXsMUxz0QH5T2GAl5xJC5Fm/7nlmDiaXN4WP3\n"
    "nXpJSzgpBBb6gNMKI3Uv2RAGZ0KBB4jFHgKXX2XbWG48uAECQQDkGy2yqhx33vHu\n"
    "r3/F1bxF21U8mOsYZ2u1Sf3R5S+ZgKMblhXGa2FRflpsJ0uyueIB13s8Z69HkkeQ\n"
    "jnWp+IXnAkEA4CcZuzmLp2aKdl9zEAwUDK8ENEDASdAy7cdvp2hGTFl/Q5n1XpnJ\n"
    "RKgIkQATKbSs3rDG++XXOVJJgIkxmQu8AQJAUTZP9c1U52Sr1CQNpLztFB374eA7\n"
    "y2t+0IOwZ5tmcAt5hufPht5SPrZysRDohZBio+85BA+SOzQcYJ4nzEUcPwJBAICJ\n"
    "S3MWS6QB5BJ/J48jLfgcAHAqVVm+fwXlIHzCCdXMWHMefRrzWvv403i6r0JyLdNB\n"
    "UcmvAh0Ht8hyY7OcjAECQQCDFbcR3oPw0JPMj9wnXkCkBfWzoo1OGa7Cu/WhsVMj\n"
    "lDkQxYlI9rlNN7JMeVaYirW7dVR2XhvY9LxvyrNMDp1U\n"
    "-----END RSA PRIVATE KEY-----\n";

#endif
