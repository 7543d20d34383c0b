/* Runs vpcctl.exe as a script would: words in, exit code and both streams out. */
#ifndef VPC_TESTS_CTL_CTL_CHECK_H
#define VPC_TESTS_CTL_CTL_CHECK_H

#include <jansson.h>

struct ctl_result {
    int code;
    char *out; /* standard output and standard error, redirected */
    char *err;
};

/* Runs vpcctl with these words (UTF-8; the last argument is NULL) and waits for its end. */
struct ctl_result ctl_run(const char *word, ...);
void ctl_clear(struct ctl_result *result);

/* The same, where it has to end with `code`, with nothing on standard error when that is 0. */
struct ctl_result ctl_run_code(int code, const char *word, ...);

/* Standard output is / has this. */
void ctl_assert_out(const struct ctl_result *result, const char *expected);
void ctl_assert_out_has(const struct ctl_result *result, const char *part);
/* Standard error is exactly this. */
void ctl_assert_err(const struct ctl_result *result, const char *expected);
/* Standard output as JSON: a new reference. */
json_t *ctl_json(const struct ctl_result *result);
/* A member of a row that is a string. */
void ctl_assert_member(const json_t *row, const char *key, const char *expected);

/* Content of a file of the repository, or of a path. New memory. */
char *ctl_read(const char *path);

#endif
