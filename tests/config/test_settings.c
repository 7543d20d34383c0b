#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/settings.h"
#include "fixture.h"
#include "util/file.h"
#include "util/path.h"
#include "util/text.h"

static struct settings *parse(const char *text)
{
    struct vpc_error err;
    struct settings *settings;

    assert_ok(settings_parse(&settings, "preferences", text, strlen(text), &err), &err);
    return settings;
}

/* What the document is written as, in UTF-8, without the first line. */
static char *body_of(const struct settings *settings)
{
    struct vpc_error err;
    struct buffer text = {0};
    char *bytes, *body;
    size_t size;

    assert_ok(settings_serialize(settings, &bytes, &size, &err), &err);
    assert_memory_equal(bytes, "\xFF\xFE<\0?\0", 6);
    for (size_t i = 2; i < size; i += 2) {
        assert_int_equal(bytes[i + 1], 0); /* these tests write ASCII */
        buffer_append(&text, bytes + i, 1);
    }
    free(bytes);
    body = strstr(text.data, "?>\r\n");
    assert_non_null(body);
    body = text_copy(body + 4);
    buffer_free(&text);
    return body;
}

static void assert_body(struct settings *settings, const char *expected)
{
    char *body = body_of(settings);

    assert_string_equal(body, expected);
    free(body);
    settings_free(settings);
}

static void round_trip(const char *name)
{
    struct vpc_error err;
    struct settings *settings;
    char *path = path_join(VPC_TEST_DATA, name);
    char *old, *new;
    size_t old_size, new_size;

    assert_ok(file_read(path, SETTINGS_MAX_FILE, &old, &old_size, &err), &err);
    assert_ok(settings_load(&settings, "preferences", path, &err), &err);
    assert_ok(settings_serialize(settings, &new, &new_size, &err), &err);
    assert_int_equal(new_size, old_size);
    assert_memory_equal(new, old, old_size);
    settings_free(settings);
    free(new);
    free(old);
    free(path);
}

static void test_settings__load_and_save_keep_every_byte(void **state)
{
    (void)state;
    round_trip("older.vmc");
    round_trip("newer.vmc");
}

static void test_settings__unknown_content_survives(void **state)
{
    (void)state;
    assert_body(parse("<!--a--><?p d?><preferences x='1'>\n <b q='&lt;&quot;&#10;'/> <!--c\nd--> <?i?>"
                      "<m>te<b/>xt </m><t type='string'>  </t></preferences><!--z-->"),
                "<!--a-->\r\n<?p d?>\r\n<preferences x=\"1\">\r\n\t<b q=\"&lt;&quot;&#10;\" />\r\n\t<!--c\r\nd-->\r\n"
                "\t<?i?>\r\n\t<m>te<b />xt </m>\r\n\t<t type=\"string\">  </t>\r\n</preferences>\r\n<!--z-->\r\n");
}

static void test_settings__set_makes_containers_and_keeps_neighbours(void **state)
{
    struct vpc_error err;
    struct settings *settings = parse("<preferences><b id=\"0\"/><b/></preferences>");

    (void)state;
    assert_ok(settings_set_integer(settings, "b[@id=1]/c", 4294967291u, &err), &err);
    assert_ok(settings_set_text(settings, "b/d", "x&<>\r\n", &err), &err);
    assert_ok(settings_set_boolean(settings, "b[@id=\"0\"]/e", true, &err), &err);
    assert_ok(settings_set_bytes(settings, "f", "\x00\xAB", 2, &err), &err);
    assert_ok(settings_set_bytes(settings, "g", NULL, 0, &err), &err);
    assert_body(settings, "<preferences>\r\n"
                          "\t<b id=\"0\">\r\n\t\t<e type=\"boolean\">true</e>\r\n\t</b>\r\n"
                          "\t<b>\r\n\t\t<d type=\"string\">x&amp;&lt;&gt;&#13;&#10;</d>\r\n\t</b>\r\n"
                          "\t<b id=\"1\">\r\n\t\t<c type=\"integer\">4294967291</c>\r\n\t</b>\r\n"
                          "\t<f type=\"bytes\">00AB</f>\r\n\t<g type=\"bytes\" />\r\n</preferences>\r\n");
}

static void test_settings__set_changes_value_and_type_in_place(void **state)
{
    struct vpc_error err;
    struct settings *settings = parse("<preferences><a type='string' note='n'>x</a><b/></preferences>");

    (void)state;
    assert_ok(settings_set_integer(settings, "a", 7, &err), &err);
    assert_body(settings, "<preferences>\r\n\t<a type=\"integer\" note=\"n\">7</a>\r\n\t<b />\r\n</preferences>\r\n");
}

static void assert_get_fails(const struct settings *settings, const char *key, enum vpc_cause cause)
{
    struct vpc_error err;
    struct setting setting;

    assert_fails(settings_get(settings, key, &setting, &err), &err, cause);
    assert_null(setting.text);
    assert_null(setting.bytes);
}

static void test_settings__get_reads_every_type(void **state)
{
    struct settings *settings =
        parse("<preferences><i type='integer'> 42\n</i><n type='integer'>-5</n><b type='boolean'>TRUE</b>"
              "<y type='bytes'>0aFf</y><e type='string'/><s type='string'>a<!--c-->b</s><u type='later'>z</u>"
              "<p>plain</p></preferences>");
    struct vpc_error err;
    struct setting setting;

    (void)state;
    assert_int_equal(settings_integer(settings, "i", 0), 42);
    assert_int_equal(settings_integer(settings, "n", 0), 4294967291u);
    assert_true(settings_boolean(settings, "b", false));
    assert_ok(settings_get(settings, "y", &setting, &err), &err);
    assert_int_equal(setting.type, SETTING_BYTES);
    assert_int_equal(setting.size, 2);
    assert_memory_equal(setting.bytes, "\x0A\xFF", 2);
    setting_clear(&setting);
    for (size_t i = 0; i < 4; i++) {
        static const char *const rows[][2] = {{"e", ""}, {"s", "ab"}, {"u", "z"}, {"p", "plain"}};

        assert_ok(settings_get(settings, rows[i][0], &setting, &err), &err);
        assert_int_equal(setting.type, SETTING_STRING);
        assert_string_equal(setting.text, rows[i][1]);
        setting_clear(&setting);
    }
    settings_free(settings);
}

static void test_settings__get_gives_the_documented_causes(void **state)
{
    static const char *const malformed[] = {"",        "/",       "a/",         "/a",          "a//b",
                                            "a[",      "a[@id]",  "a[@id=]",    "a[@id=x]",    "a[@id=-1]",
                                            "[@id=1]", "a[@id=1", "a[@id=\"1]", "a[@id=\"\"]", "a[@id=4294967296]",
                                            "a b",     "a<b",     "a[@id=1]b"};
    struct settings *settings = parse("<preferences><c><a type='integer'>x</a><d type='boolean'>2</d>"
                                      "<e type='bytes'>ABC</e><f type='bytes'>GG</f><g type='integer'/>"
                                      "<h type='integer'>4294967296</h><i type='integer'>-2147483649</i></c>"
                                      "</preferences>");

    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        assert_get_fails(settings, malformed[i], VPC_INVALID_ARGUMENT);
    assert_get_fails(settings, "none", VPC_KEY_NOT_FOUND);
    assert_get_fails(settings, "c", VPC_KEY_NOT_FOUND);
    assert_get_fails(settings, "c/a/b", VPC_KEY_NOT_FOUND);
    assert_get_fails(settings, "C/a", VPC_KEY_NOT_FOUND);
    for (char key[] = "c/a"; key[2] != 'j'; key[2]++) {
        if (key[2] != 'b' && key[2] != 'c')
            assert_get_fails(settings, key, VPC_CORRUPT);
    }
    assert_true(settings_has(settings, "c"));
    assert_false(settings_has(settings, "none"));
    settings_free(settings);
}

static void test_settings__set_refuses_what_it_could_not_read_again(void **state)
{
    static const char *const names[] = {"1a", "-a", "a:b", "\xC3\x97", "a\x01", "\xFF", "a&b"};
    struct settings *settings = parse("<preferences><v type='string'>x</v><c><d/></c></preferences>");
    struct vpc_error err;
    char *long_text = calloc(1, SETTINGS_MAX_TEXT + 2);
    char key[400] = "a";

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_fails(settings_set_integer(settings, names[i], 1, &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "a", "\x01", &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "a", "\xEF\xBF\xBF", &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "a", "\xC3", &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "v/below", "x", &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "c", "x", &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "new/a b", "x", &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_text(settings, "new/1", "x", &err), &err, VPC_INVALID_ARGUMENT);
    memset(long_text, 'x', SETTINGS_MAX_TEXT + 1);
    assert_fails(settings_set_text(settings, "a", long_text, &err), &err, VPC_INVALID_ARGUMENT);
    assert_fails(settings_set_bytes(settings, "a", long_text, SETTINGS_MAX_TEXT / 2 + 1, &err), &err,
                 VPC_INVALID_ARGUMENT);
    for (int i = 0; i < SETTINGS_MAX_DEPTH; i++)
        strcat(key, "/a");
    assert_fails(settings_set_text(settings, key, "x", &err), &err, VPC_INVALID_ARGUMENT);
    assert_body(settings, "<preferences>\r\n\t<v type=\"string\">x</v>\r\n\t<c>\r\n\t\t<d />\r\n\t</c>\r\n"
                          "</preferences>\r\n");
    free(long_text);
}

/* The largest of everything that may be set can be read again. */
static void test_settings__limits_are_symmetric(void **state)
{
    struct vpc_error err;
    struct settings *settings, *again;
    char *text = calloc(1, SETTINGS_MAX_TEXT + 1);
    char *bytes, *back;
    char key[400] = "a";
    size_t size;

    (void)state;
    memset(text, 'x', SETTINGS_MAX_TEXT);
    for (int i = 0; i < SETTINGS_MAX_DEPTH - 2; i++)
        strcat(key, "/a");
    assert_ok(settings_new(&settings, "preferences", NULL, &err), &err);
    assert_ok(settings_set_text(settings, key, text, &err), &err);
    assert_ok(settings_set_text(settings, "umlaut_\xC3\xA4", "\xF0\x9F\x96\xA5", &err), &err);
    assert_ok(settings_serialize(settings, &bytes, &size, &err), &err);
    assert_ok(settings_parse(&again, "preferences", bytes, size, &err), &err);
    back = settings_text(again, key, NULL);
    assert_true(back && strcmp(back, text) == 0);
    free(back);
    back = settings_text(again, "umlaut_\xC3\xA4", NULL);
    assert_string_equal(back, "\xF0\x9F\x96\xA5");
    free(back);
    free(bytes);
    assert_ok(settings_set_text(again, "b", text, &err), &err);
    assert_fails(settings_serialize(again, &bytes, &size, &err), &err, VPC_INVALID_ARGUMENT); /* over 4 MB */
    settings_free(again);
    settings_free(settings);
    free(text);
}

static void test_settings__remove_takes_doubles_and_leaves_containers(void **state)
{
    struct vpc_error err;
    struct settings *settings = parse("<preferences><a><b type='string'>1</b><b type='string'>2</b></a>"
                                      "<c id='1'><d/></c><c/></preferences>");

    (void)state;
    assert_fails(settings_remove(settings, "x", &err), &err, VPC_KEY_NOT_FOUND);
    assert_fails(settings_remove(settings, "", &err), &err, VPC_INVALID_ARGUMENT);
    assert_ok(settings_remove(settings, "a/b", &err), &err);
    assert_fails(settings_remove(settings, "a/b", &err), &err, VPC_KEY_NOT_FOUND);
    assert_ok(settings_remove(settings, "c[@id=1]", &err), &err);
    assert_body(settings, "<preferences>\r\n\t<a />\r\n\t<c />\r\n</preferences>\r\n");
}

static void test_settings__ids_are_ascending_and_distinct(void **state)
{
    struct settings *settings = parse("<preferences><a><b id='7'/><b id='0'/><b/><b id='-1'/><b id='x'/><c id='3'/>"
                                      "<b id='99999999999'/><b id='007'/><b id='4294967295'/></a></preferences>");
    uint32_t ids[2] = {9, 9};
    size_t count;

    (void)state;
    settings_ids(settings, "a", "b", ids, 2, &count);
    assert_int_equal(count, 3);
    assert_int_equal(ids[0], 0);
    assert_int_equal(ids[1], 7);
    settings_ids(settings, "none", "b", ids, 2, &count);
    assert_int_equal(count, 0);
    settings_ids(settings, "", "b", ids, 2, &count);
    assert_int_equal(count, 0);
    settings_free(settings);
}

static void test_settings__shorthands_fall_back(void **state)
{
    struct settings *settings = parse("<preferences><i type='integer'>x</i><s type='string'>s</s></preferences>");
    char *text;

    (void)state;
    assert_int_equal(settings_integer(settings, "i", 3), 3);
    assert_int_equal(settings_integer(settings, "s", 3), 3);
    assert_int_equal(settings_integer(settings, "none", 3), 3);
    assert_true(settings_boolean(settings, "s", true));
    text = settings_text(settings, "i", "f");
    assert_string_equal(text, "f");
    free(text);
    settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings__load_and_save_keep_every_byte),
        cmocka_unit_test(test_settings__unknown_content_survives),
        cmocka_unit_test(test_settings__set_makes_containers_and_keeps_neighbours),
        cmocka_unit_test(test_settings__set_changes_value_and_type_in_place),
        cmocka_unit_test(test_settings__get_reads_every_type),
        cmocka_unit_test(test_settings__get_gives_the_documented_causes),
        cmocka_unit_test(test_settings__set_refuses_what_it_could_not_read_again),
        cmocka_unit_test(test_settings__limits_are_symmetric),
        cmocka_unit_test(test_settings__remove_takes_doubles_and_leaves_containers),
        cmocka_unit_test(test_settings__ids_are_ascending_and_distinct),
        cmocka_unit_test(test_settings__shorthands_fall_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
