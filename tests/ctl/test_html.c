/* Pieces of the page of vpcctl report, without the program. */
#include <stdlib.h>
#include "html.h"
#include "support/check.h"

static void test_html__text_is_shown_as_it_is(void **state)
{
    struct buffer out = {0};
    (void)state;
    html_add_text(&out, "<script>alert(\"1\" & '2')</script>\x1b[0m\n");
    assert_string_equal(buffer_text(&out), "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"
                                           "\xef\xbf\xbd[0m\xef\xbf\xbd");
    buffer_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_html__text_is_shown_as_it_is)};
    return cmocka_run_group_tests_name("HTML", tests, NULL, NULL);
}
