/* Numbers of up to 96 bits in a database whose integers have 63 and a sign. */
#include <string.h>
#include "ledger/ledger_private.h"
#include "util/text.h"

enum {
    DIGITS_MAX = 29 /* of 2^96 - 1 */
};

/* A number as 32-bit limbs, lowest first. */
struct limbs {
    uint32_t limb[3];
};

static uint32_t limbs_divide_by_10(struct limbs *number)
{
    uint64_t rest = 0;
    for (int i = 2; i >= 0; i--) {
        uint64_t part = rest << 32 | number->limb[i];
        number->limb[i] = (uint32_t)(part / 10);
        rest = part % 10;
    }
    return (uint32_t)rest;
}

/* False when it does not fit. */
static bool limbs_times_10_plus(struct limbs *number, uint32_t digit)
{
    uint64_t carry = digit;
    for (int i = 0; i < 3; i++) {
        uint64_t part = (uint64_t)number->limb[i] * 10 + carry;
        number->limb[i] = (uint32_t)part;
        carry = part >> 32;
    }
    return carry == 0;
}

void ledger_number_text(struct u96 number, char text[32])
{
    struct limbs rest = {{(uint32_t)number.low, (uint32_t)(number.low >> 32), number.high}};
    char digits[32];
    size_t length = 0;
    do {
        digits[length++] = (char)('0' + limbs_divide_by_10(&rest));
    } while (rest.limb[0] != 0 || rest.limb[1] != 0 || rest.limb[2] != 0);
    for (size_t i = 0; i < length; i++)
        text[i] = digits[length - 1 - i];
    text[length] = '\0';
}

bool ledger_number_read(const char *text, struct u96 *number)
{
    struct limbs read = {{0, 0, 0}};
    size_t length = strlen(text);
    if (length == 0 || length > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9' || !limbs_times_10_plus(&read, (uint32_t)(text[i] - '0')))
            return false;
    *number = (struct u96){.low = (uint64_t)read.limb[1] << 32 | read.limb[0], .high = read.limb[2]};
    return true;
}

int ledger_bind(sqlite3_stmt *statement, int index, struct u96 number)
{
    char text[32];
    if (number.high == 0 && number.low <= INT64_MAX)
        return sqlite3_bind_int64(statement, index, (sqlite3_int64)number.low);
    ledger_number_text(number, text);
    return sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static bool number_of_value(sqlite3_value *value, struct u96 *number)
{
    if (sqlite3_value_type(value) == SQLITE_INTEGER) {
        sqlite3_int64 integer = sqlite3_value_int64(value);
        *number = (struct u96){.low = (uint64_t)integer};
        return integer >= 0;
    }
    const char *text = sqlite3_value_type(value) == SQLITE_TEXT ? (const char *)sqlite3_value_text(value) : NULL;
    return text != NULL && strlen(text) == (size_t)sqlite3_value_bytes(value) && ledger_number_read(text, number);
}

bool ledger_column(sqlite3_stmt *statement, int column, struct u96 *number)
{
    return number_of_value(sqlite3_column_value(statement, column), number);
}

/* ---- functions ---- */

static void exact_sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct u96 *sum = sqlite3_aggregate_context(context, sizeof *sum);
    struct u96 number;
    (void)count;
    if (sum == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (!number_of_value(values[0], &number)) {
        sqlite3_result_error(context, "a figure is no number", -1);
        return;
    }
    uint32_t before = sum->high;
    *sum = u96_add(*sum, number.low);
    bool carried = sum->high < before;
    sum->high += number.high;
    if (carried || sum->high < number.high)
        sqlite3_result_error(context, "a sum is more than 96 bits hold", -1);
}

static void exact_sum_final(sqlite3_context *context)
{
    static const struct u96 none = {0, 0};
    const struct u96 *sum = sqlite3_aggregate_context(context, 0);
    char text[32];
    ledger_number_text(sum != NULL ? *sum : none, text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void same_name(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *a = (const char *)sqlite3_value_text(values[0]), *b = (const char *)sqlite3_value_text(values[1]);
    sqlite3_result_int(context, a != NULL && b != NULL && text_compare_nocase(a, b) == 0);
}

static void month_of(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int64(context, ledger_month(sqlite3_value_int64(values[0])));
}

int ledger_add_functions(sqlite3 *db)
{
    const int kind = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code = sqlite3_create_function_v2(db, "exact_sum", 1, kind, NULL, NULL, exact_sum_step, exact_sum_final, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db, "same_name", 2, kind, NULL, same_name, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db, "month_of", 1, kind, NULL, month_of, NULL, NULL, NULL);
    return code;
}
