/* Settings that are damaged, foreign or made to harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/settings.h"
#include "fixture.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

static void assert_corrupt(const void *bytes, size_t size)
{
    struct vpc_error err;
    struct settings *settings;

    assert_fails(settings_parse(&settings, "preferences", bytes, size, &err), &err, VPC_CORRUPT);
    assert_null(settings);
}

/* The text in UTF-16, with or without mark. Gives the size in bytes. */
static size_t to_utf16(unsigned char *out, const char *ascii, bool big_endian, bool mark)
{
    size_t size = 0;

    if (mark) {
        out[size++] = big_endian ? 0xFE : 0xFF;
        out[size++] = big_endian ? 0xFF : 0xFE;
    }
    for (; *ascii; ascii++) {
        out[size++] = big_endian ? 0 : (unsigned char)*ascii;
        out[size++] = big_endian ? (unsigned char)*ascii : 0;
    }
    return size;
}

static const char sample[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><preferences><a type=\"string\">A</a>"
                             "</preferences>";

static void assert_sample(const void *bytes, size_t size)
{
    struct vpc_error err;
    struct settings *settings;
    char *text;

    assert_ok(settings_parse(&settings, "preferences", bytes, size, &err), &err);
    text = settings_text(settings, "a", NULL);
    assert_string_equal(text, "A");
    free(text);
    settings_free(settings);
}

static void test_settings__every_encoding_is_read(void **state)
{
    unsigned char bytes[2 * sizeof sample + 2];

    (void)state;
    for (int kind = 0; kind < 4; kind++)
        assert_sample(bytes, to_utf16(bytes, sample, kind & 1, kind & 2));
    assert_sample(sample, sizeof sample - 1); /* UTF-8 that calls itself UTF-16 */
    memcpy(bytes, "\xEF\xBB\xBF", 3);
    memcpy(bytes + 3, sample, sizeof sample - 1);
    assert_sample(bytes, sizeof sample + 2);
}

static void test_settings__every_truncation_is_refused(void **state)
{
    unsigned char bytes[2 * sizeof sample + 2];
    size_t size = to_utf16(bytes, sample, false, true);

    (void)state;
    for (size_t i = 0; i < size; i++)
        assert_corrupt(bytes, i);
}

static void test_settings__lone_surrogates_are_refused(void **state)
{
    static const unsigned char lone[][4] = {
        {'x', 0, 0x3D, 0xD8}, {0x3D, 0xD8, 'x', 0}, {0xA5, 0xDD, 'x', 0}, {0x3D, 0xD8, 0x3D, 0xD8}};
    unsigned char bytes[2 * sizeof sample + 8];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t size = to_utf16(bytes, "<preferences><a type='string'>", false, true);

        memcpy(bytes + size, lone[i], 4);
        size += 4;
        size += to_utf16(bytes + size, "</a></preferences>", false, false);
        assert_corrupt(bytes, size);
    }
}

static void test_settings__what_is_no_document_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "\xFF\xFE",
                                        "not XML",
                                        "MZ\x90",
                                        "<preferences>",
                                        "<preferences/><preferences/>",
                                        "<preferences></preference>",
                                        "<other/>",
                                        "<preferences a='1' a='2'/>",
                                        "<preferences>&x;</preferences>",
                                        "<preferences>\x01</preferences>",
                                        "<preferences>\xC3</preferences>",
                                        "<preferences>\xED\xA0\x80</preferences>",
                                        "<preferences/>x",
                                        "<preferences>&#0;</preferences>",
                                        "<preferences>&#xD800;</preferences>"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_corrupt(texts[i], strlen(texts[i]));
    assert_corrupt("<preferences>\0</preferences>", 28);
}

static void test_settings__document_types_are_refused(void **state)
{
    const char *bomb = "<!DOCTYPE preferences [<!ENTITY a \"xxxx\"><!ENTITY b \"&a;&a;&a;\">]>"
                       "<preferences>&b;</preferences>";
    const char *outside = "<!DOCTYPE preferences SYSTEM \"file:///etc/passwd\"><preferences/>";
    const char *empty_other = "<!DOCTYPE x><preferences/>";

    (void)state;
    assert_corrupt(bomb, strlen(bomb));
    assert_corrupt(outside, strlen(outside));
    assert_corrupt(empty_other, strlen(empty_other));
}

static void test_settings__limits_hold(void **state)
{
    struct vpc_error err;
    struct settings *settings;
    struct buffer text = {0};

    (void)state;
    buffer_append_text(&text, "<preferences>");
    for (int i = 1; i < SETTINGS_MAX_DEPTH; i++)
        buffer_append_text(&text, "<a>");
    for (int i = 1; i < SETTINGS_MAX_DEPTH; i++)
        buffer_append_text(&text, "</a>");
    buffer_append_text(&text, "</preferences>");
    assert_ok(settings_parse(&settings, "preferences", text.data, text.size, &err), &err);
    settings_free(settings);
    buffer_free(&text);

    buffer_append_text(&text, "<preferences>");
    for (int i = 0; i < SETTINGS_MAX_DEPTH; i++)
        buffer_append_text(&text, "<a>");
    buffer_append_text(&text, "<b/>");
    assert_corrupt(text.data, text.size);
    buffer_free(&text);

    buffer_append_text(&text, "<preferences><a type='string'>");
    for (int i = 0; i <= SETTINGS_MAX_TEXT; i++)
        buffer_append(&text, "x", 1);
    buffer_append_text(&text, "</a></preferences>");
    assert_corrupt(text.data, text.size);
    buffer_free(&text);

    buffer_append_text(&text, "<preferences>");
    for (int i = 0; i < 200000; i++)
        buffer_append_text(&text, "<a/>\n");
    buffer_append_text(&text, "</preferences>");
    assert_corrupt(text.data, text.size);
    buffer_free(&text);

    buffer_append_text(&text, "<preferences");
    for (int i = 0; i < 1000; i++)
        buffer_append_format(&text, " a%d=''", i);
    buffer_append_text(&text, "/>");
    assert_corrupt(text.data, text.size);
    buffer_free(&text);
}

static void test_settings__fifty_megabytes_are_refused_by_size(void **state)
{
    struct vpc_error err;
    struct settings *settings;
    struct file_map map;
    char *folder = fixture_folder();
    char *path = path_join(folder, "noise.vmc");

    (void)state;
    assert_ok(file_map_create(&map, path, 50 * 1024 * 1024, &err), &err);
    memset(map.data, 'x', 4096);
    file_map_close(&map);
    assert_fails(settings_load(&settings, "preferences", path, &err), &err, VPC_CORRUPT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "52428800"));
    assert_null(settings);
    free(path);
    fixture_remove(folder);
}

static void test_settings__load_names_the_path_and_line(void **state)
{
    struct vpc_error err;
    struct settings *settings;
    char *folder = fixture_folder();
    char *path = path_join(folder, "bad.vmc");

    (void)state;
    assert_fails(settings_load(&settings, "preferences", path, &err), &err, VPC_FILE_NOT_FOUND);
    assert_ok(file_replace(path, "<preferences>\n<a>\n</b>", 22, &err), &err);
    assert_fails(settings_load(&settings, "preferences", path, &err), &err, VPC_CORRUPT);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "line 3"));
    free(path);
    fixture_remove(folder);
}

static void test_settings__doubled_keys_first_counts(void **state)
{
    const char *text = "<preferences><a><b type='string'>1</b></a><a><b type='string'>2</b><c type='string'>3</c></a>"
                       "</preferences>";
    struct vpc_error err;
    struct settings *settings;
    char *value;

    (void)state;
    assert_ok(settings_parse(&settings, "preferences", text, strlen(text), &err), &err);
    value = settings_text(settings, "a/b", NULL);
    assert_string_equal(value, "1");
    free(value);
    value = settings_text(settings, "a/c", NULL); /* the first container does not hide it */
    assert_string_equal(value, "3");
    free(value);
    settings_free(settings);
}

/* Each byte of a real file changed: the parser may refuse or accept, but what it accepts it can write and read again.
 */
static void test_settings__damaged_bytes_do_no_harm(void **state)
{
    struct vpc_error err;
    struct settings *settings, *again;
    char *path = path_join(VPC_TEST_DATA, "newer.vmc");
    char *data, *bytes;
    size_t size, written;
    unsigned accepted = 0;

    (void)state;
    assert_ok(file_read(path, SETTINGS_MAX_FILE, &data, &size, &err), &err);
    for (size_t i = 0; i < size; i++) {
        char old = data[i];

        data[i] = (char)(old ^ (1 << i % 8));
        if (settings_parse(&settings, "preferences", data, size, &err)) {
            assert_ok(settings_serialize(settings, &bytes, &written, &err), &err);
            assert_ok(settings_parse(&again, "preferences", bytes, written, &err), &err);
            settings_free(again);
            settings_free(settings);
            free(bytes);
            accepted++;
        } else {
            assert_int_equal(err.cause, VPC_CORRUPT);
        }
        data[i] = old;
    }
    assert_in_range(accepted, 1, size - 1);
    free(data);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings__every_encoding_is_read),
        cmocka_unit_test(test_settings__every_truncation_is_refused),
        cmocka_unit_test(test_settings__lone_surrogates_are_refused),
        cmocka_unit_test(test_settings__what_is_no_document_is_refused),
        cmocka_unit_test(test_settings__document_types_are_refused),
        cmocka_unit_test(test_settings__limits_hold),
        cmocka_unit_test(test_settings__fifty_megabytes_are_refused_by_size),
        cmocka_unit_test(test_settings__load_names_the_path_and_line),
        cmocka_unit_test(test_settings__doubled_keys_first_counts),
        cmocka_unit_test(test_settings__damaged_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
