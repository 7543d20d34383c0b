#include "util/text.h"
#include "util/text_private.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <wctype.h>

static locale_t unicode;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

/* The case tables must not depend on the locale of the process. */
static void load_unicode(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

int text_order_nocase(uint32_t a, uint32_t b)
{
    pthread_once(&unicode_once, load_unicode);
    if (unicode) {
        a = (uint32_t)towupper_l((wint_t)a, unicode);
        b = (uint32_t)towupper_l((wint_t)b, unicode);
    }
    return (a > b) - (a < b);
}

bool text_random_bytes(void *bytes, size_t size, struct vpc_error *err)
{
    ssize_t got;

    do
        got = getrandom(bytes, size, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)size)
        return vpc_fail_os(err, "no random numbers");
    return true;
}

bool text_environment(const char *name, char **value, struct vpc_error *err)
{
    const char *found = getenv(name);

    *value = NULL;
    if (!found || found[0] == '\0')
        return true;
    *value = text_copy(found);
    return *value ? true : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the variable %s", name);
}
