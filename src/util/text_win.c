#include "util/text.h"
#include "util/text_private.h"

#include <stdlib.h>
#include <windows.h>
#include <bcrypt.h>

static int to_units(uint32_t character, wchar_t units[2])
{
    if (character <= 0xFFFF) {
        units[0] = (wchar_t)character;
        return 1;
    }
    units[0] = (wchar_t)(0xD800 + ((character - 0x10000) >> 10));
    units[1] = (wchar_t)(0xDC00 + ((character - 0x10000) & 0x3FF));
    return 2;
}

int text_order_nocase(uint32_t a, uint32_t b)
{
    wchar_t x[2], y[2];
    int x_size = a ? to_units(a, x) : 0;
    int y_size = b ? to_units(b, y) : 0;

    if (x_size == 0 || y_size == 0)
        return x_size - y_size;
    return CompareStringOrdinal(x, x_size, y, y_size, TRUE) - CSTR_EQUAL;
}

bool text_random_bytes(void *bytes, size_t size, struct vpc_error *err)
{
    NTSTATUS status = BCryptGenRandom(NULL, bytes, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG);

    if (status != 0)
        return vpc_fail(err, VPC_IO, "no random numbers: status 0x%08lx", (unsigned long)status);
    return true;
}

wchar_t *text_to_wide(const char *text)
{
    wchar_t *wide = malloc((text_utf16_length(text) + 1) * sizeof *wide);
    size_t length = 0;
    uint32_t character;

    if (!wide)
        return NULL;
    while ((character = text_next(&text)) != 0)
        length += (size_t)to_units(character, wide + length);
    wide[length] = L'\0';
    return wide;
}

char *text_from_wide(const wchar_t *wide, size_t length)
{
    char *text = malloc(length * 3 + 1); /* a unit needs at most three bytes, a pair of them four */
    unsigned char *at = (unsigned char *)text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        /* analyse-allow analyzer-null-dereference: NULL comes with length 0 */
        uint32_t c = wide[i];

        if (c >= 0xD800 && c <= 0xDBFF && i + 1 < length && wide[i + 1] >= 0xDC00 && wide[i + 1] <= 0xDFFF)
            c = 0x10000 + ((c - 0xD800) << 10) + (wide[++i] - 0xDC00u);
        else if (c >= 0xD800 && c <= 0xDFFF)
            c = 0xFFFD;
        if (c < 0x80) {
            *at++ = (unsigned char)c;
            continue;
        }
        if (c < 0x800) {
            *at++ = (unsigned char)(0xC0 | c >> 6);
        } else {
            if (c < 0x10000) {
                *at++ = (unsigned char)(0xE0 | c >> 12);
            } else {
                *at++ = (unsigned char)(0xF0 | c >> 18);
                *at++ = (unsigned char)(0x80 | (c >> 12 & 0x3F));
            }
            *at++ = (unsigned char)(0x80 | (c >> 6 & 0x3F));
        }
        *at++ = (unsigned char)(0x80 | (c & 0x3F));
    }
    *at = '\0';
    return text;
}

/* Not getenv: the C library has a copy of its own, in the code page of the process. */
bool text_environment(const char *name, char **value, struct vpc_error *err)
{
    wchar_t *wide_name = text_to_wide(name);
    wchar_t *wide = NULL;
    bool ok = wide_name != NULL;

    *value = NULL;
    /* Again when it has grown between the two calls. Without an answer it is not unset: what follows would look at
     * another home folder. */
    for (DWORD size = 0, length; ok; size = length + 1) {
        SetLastError(ERROR_SUCCESS);
        length = GetEnvironmentVariableW(wide_name, wide, size);
        if (length == 0) {
            ok = GetLastError() == ERROR_SUCCESS || GetLastError() == ERROR_ENVVAR_NOT_FOUND;
            break;
        }
        if (length < size) {
            *value = text_from_wide(wide, length);
            ok = *value != NULL;
            break;
        }
        free(wide);
        wide = malloc(((size_t)length + 1) * sizeof *wide);
        ok = wide != NULL;
    }
    free(wide);
    free(wide_name);
    return ok ? true : vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the variable %s", name);
}
