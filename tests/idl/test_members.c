/* docs/members.md against the contract: every member once, in its slot, with one of the two words. */
#include "contract.h"
#include "members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TABLE "| member | slot | state | note |\n|---|---:|---|---|\n"

struct page {
    struct members_row *rows;
    size_t count;
};

static int read_page(void **state)
{
    struct vpc_error err;
    struct page *page = calloc(1, sizeof *page);
    if (!page || !members_read(MEMBERS_PAGE, &page->rows, &page->count, &err)) {
        print_error("%s\n", page ? err.text : "out of memory");
        free(page);
        return -1;
    }
    *state = page;
    return 0;
}

static int free_page(void **state)
{
    struct page *page = *state;
    free(page->rows);
    free(page);
    return 0;
}

/* The name of a member as the header spells it. */
static void header_name(const struct contract_member *member, char *name, size_t size)
{
    const char *prefix = member->kind == CONTRACT_PROPGET ? "get_" : member->kind == CONTRACT_PROPPUT ? "put_" : "";
    snprintf(name, size, "%s%s", prefix, member->name);
}

static void test_contract__counts_are_the_documented_ones(void **state)
{
    (void)state;
    size_t members = 0, values = 0;
    assert_int_equal(contract_interface_count(), CONTRACT_INTERFACES);
    for (size_t i = 0; i < contract_interface_count(); i++)
        members += contract_interface_at(i)->count;
    for (size_t i = 0; i < contract_enum_count; i++)
        values += contract_enums[i].count;
    assert_int_equal(members, CONTRACT_MEMBERS);
    assert_int_equal(contract_enum_count, 24);
    assert_int_equal(values, 124);
    assert_int_equal(contract_class_count, 19);
    assert_int_equal(contract_event_count, 4);
    assert_int_equal(contract_result_count, 86);
}

/* Slots follow each other, and an id is 0, -4 or the number that the first slot of the name gives. */
static void test_contract__slots_and_dispids_follow_the_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_interface_count(); i++) {
        const struct contract_interface *face = contract_interface_at(i);
        for (size_t k = 0; k < face->count; k++) {
            const struct contract_member *member = &face->members[k];
            bool second = k > 0 && !strcmp(face->members[k - 1].name, member->name);
            int32_t id = 0x60020000 + (int32_t)(second ? k - 1 : k);
            if (!strcmp(member->name, "Item"))
                id = 0;
            else if (!strcmp(member->name, "_NewEnum"))
                id = -4;
            if (member->slot != k + 7 || member->dispid != id || !member->help[0])
                fail_msg("%s.%s: slot %u, id 0x%x", face->name, member->name, member->slot, (unsigned)member->dispid);
        }
    }
}

/* Ours go on where their parents end. */
static void test_contract__extensions_append(void **state)
{
    (void)state;
    for (size_t i = 0; i < contract_extension_count; i++) {
        const struct contract_extension *own = &contract_extensions[i];
        const struct contract_interface *parent = own->parent ? contract_find_interface(own->parent) : NULL;
        assert_null(contract_find_interface(own->face.name));
        assert_true(!own->parent || parent);
        assert_int_equal(own->first_slot, 7 + (parent ? parent->count : 0));
        for (size_t k = 0; k < own->face.count; k++) {
            const struct contract_member *member = &own->face.members[k];
            int32_t id = (parent ? 0x60030000 : 0x60020000) + (int32_t)k;
            if (!strcmp(member->name, "Item"))
                id = 0;
            else if (!strcmp(member->name, "_NewEnum"))
                id = -4;
            if (member->slot != own->first_slot + k || member->dispid != id || !member->help[0])
                fail_msg("%s.%s: slot %u, id 0x%x", own->face.name, member->name, member->slot,
                         (unsigned)member->dispid);
        }
    }
}

static void check_rows(const struct page *page, const struct contract_interface *face)
{
    for (size_t k = 0; k < face->count; k++) {
        char name[MEMBERS_NAME_BYTES];
        header_name(&face->members[k], name, sizeof name);
        const struct members_row *row = members_find(page->rows, page->count, face->name, name);
        if (!row)
            fail_msg("%s.%s is missing", face->name, name);
        if (row->slot != face->members[k].slot)
            fail_msg("%s.%s is in slot %u, the page says %u", face->name, name, face->members[k].slot, row->slot);
    }
}

static void test_members__page_has_every_member_in_its_slot(void **state)
{
    for (size_t i = 0; i < contract_interface_count(); i++)
        check_rows(*state, contract_interface_at(i));
}

static void test_members__page_has_every_member_of_our_own(void **state)
{
    for (size_t i = 0; i < contract_extension_count; i++)
        check_rows(*state, &contract_extensions[i].face);
}

/* As many rows as members, all of which are there: so none is twice, and none is invented. */
static void test_members__page_has_nothing_else(void **state)
{
    const struct page *page = *state;
    size_t members = CONTRACT_MEMBERS;
    for (size_t i = 0; i < contract_extension_count; i++)
        members += contract_extensions[i].face.count;
    assert_int_equal(page->count, members);
}

static void test_members_parse__reads_both_words(void **state)
{
    (void)state;
    struct members_row *rows;
    size_t count;
    struct vpc_error err;
    assert_true(members_parse("# Members\r\n\r\n## IVMFoo\r\n\r\nText | with a bar.\r\n" TABLE
                              "| `get_Bar` | 7 | works | |\r\n"
                              "## IVMBaz\n| `Qux` | 19 | E_NOTIMPL | later |\n",
                              &rows, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].face, "IVMFoo");
    assert_string_equal(rows[0].member, "get_Bar");
    assert_int_equal(rows[0].slot, 7);
    assert_true(rows[0].works);
    assert_string_equal(rows[1].face, "IVMBaz");
    assert_string_equal(rows[1].member, "Qux");
    assert_int_equal(rows[1].slot, 19);
    assert_false(rows[1].works);
    assert_ptr_equal(members_find(rows, count, "IVMBaz", "Qux"), &rows[1]);
    assert_null(members_find(rows, count, "IVMFoo", "Qux"));
    free(rows);
}

static void test_members_parse__refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "## IVMFoo\n" TABLE "| `get_Bar` | 7 | perhaps | |\n",
        "## IVMFoo\n" TABLE "| `get_Bar` | 7 | works |\n",
        "## IVMFoo\n" TABLE "| `get_Bar` | 7 | works | | more |\n",
        "## IVMFoo\n" TABLE "| get_Bar | 7 | works | |\n",
        "## IVMFoo\n" TABLE "| `get_Bar` | seven | works | |\n",
        "## IVMFoo\n" TABLE "| `get_Bar` | | works | |\n",
        "\n\n" TABLE "| `get_Bar` | 7 | works | |\n",
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct members_row *rows;
        size_t count;
        struct vpc_error err = {0};
        if (members_parse(pages[i], &rows, &count, &err))
            fail_msg("page %zu was taken", i);
        assert_null(rows);
        assert_int_equal(count, 0);
        assert_int_equal(err.cause, VPC_CORRUPT);
        if (strncmp(err.text, i < 6 ? "line 4: " : "line 5: ", 8))
            fail_msg("page %zu: '%s'", i, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract__counts_are_the_documented_ones),
        cmocka_unit_test(test_contract__slots_and_dispids_follow_the_rule),
        cmocka_unit_test(test_contract__extensions_append),
        cmocka_unit_test_setup_teardown(test_members__page_has_every_member_in_its_slot, read_page, free_page),
        cmocka_unit_test_setup_teardown(test_members__page_has_every_member_of_our_own, read_page, free_page),
        cmocka_unit_test_setup_teardown(test_members__page_has_nothing_else, read_page, free_page),
        cmocka_unit_test(test_members_parse__reads_both_words),
        cmocka_unit_test(test_members_parse__refuses_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
