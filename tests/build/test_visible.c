/* visible: which changes of C text a compiler can see. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "build/visible.h"
#include "pybisect/alloc.h"

/* Nobody defines what begins with NO. */
static bool
begins_with_no(const char *name, void *context)
{
    (void)context;
    return strncmp(name, "NO", 2) == 0;
}

static bool
see(const char *text, struct pb_buf *out)
{
    const struct pb_undefined undefined = {begins_with_no, NULL};
    return pb_visible_text(text, strlen(text), &undefined, out);
}

static void
expect(const char *text, const char *visible)
{
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    assert_true(see(text, &out));
    assert_string_equal(out.data, visible);
}

static void
layout_and_comments_are_not_seen(void **state)
{
    static const struct {
        const char *text;
        const char *visible;
    } cases[] = {
        {"", ""},
        {"\n \t\n", ""},
        {"int  a;\t// one\n\n  int b; ", "int a;\nint b;\n"},
        {"int/* a\n b */a;\n", "int a;\n"},
        {"/* a **/int a;", "int a;\n"},
        {"a /* never ends", "a\n"},
        {"int a \\\n = 1;\n", "int a = 1;\n"},
        {"in\\\r\nt a;\r\n", "int a;\n"},
        {"  #  define  A\\\n  1\n", "#define A 1\n"},
        {"#define F(x) x\n#define G (x)\n", "#define F(x) x\n#define G (x)\n"},
        {"#error don't /* now\nint a;\n", "#error don't /* now\nint a;\n"},
        {"a = b / c;\n", "a = b / c;\n"},
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        expect(cases[i].text, cases[i].visible);
    }
}

static void
literals_stay_as_they_are(void **state)
{
    (void)state;
    expect("s = \"a  /* b */ // c\\\"  d\"; // e\n",
           "s = \"a  /* b */ // c\\\"  d\";\n");
    expect("c = '\"'; /* \" */\n", "c = '\"';\n");
    expect("c = '\\\\'; /* x */\n", "c = '\\\\';\n");
    expect("s = \"a\\\nb  c\";\n", "s = \"ab  c\";\n");
}

static void
what_cannot_hold_is_not_seen(void **state)
{
    static const char *const never[] = {
        "ifdef NO",
        "if defined(NO)",
        "if defined NO",
        "if NO",
        "if 0",
        "if defined( NO ) && defined(A)",
        "if A > 3 && (NO)",
        "if (defined(NO) && A) || defined(NO_B)",
        "if !(1)",
        "if !!defined(NO)",
        "ifdef /* this */ NO // that",
    };
    static const char *const always[] = {
        "ifndef NO",
        "if !defined(NO)",
        "if 1",
        "if 1 || A",
        "if !NO && !(defined(NO_A) || defined(NO_B))",
    };
    static const char *const perhaps[] = {
        "ifdef A",
        "ifndef A",
        "if A",
        "if NO > 3",
        "if !NO == 1",
        "if NO ? A : B",
        "if NO || A",
        "if !defined(A)",
        "if defined(NO) == 0",
        "if (NO) + (A)",
        "if f(NO) && 1",
        "if A && 1",
        "if defined NO == 0",
        "if 0x1",
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(never); i++) {
        PB_AUTOFREE char *text =
            pb_asprintf("#%s\na\n#else\nb\n#endif\n", never[i]);
        expect(text, "b\n");
    }
    for (size_t i = 0; i < PB_LENGTH(always); i++) {
        PB_AUTOFREE char *text =
            pb_asprintf("#%s\na\n#else\nb\n#endif\n", always[i]);
        expect(text, "a\n");
    }
    for (size_t i = 0; i < PB_LENGTH(perhaps); i++) {
        PB_AUTOFREE char *text = pb_asprintf("#%s\na\n#endif\n", perhaps[i]);
        PB_AUTOFREE char *visible =
            pb_asprintf("#%s\na\n#endif \n", perhaps[i]);
        expect(text, visible);
    }
}

static void
branches_that_are_left_keep_their_order(void **state)
{
    static const struct {
        const char *text;
        const char *visible;
    } cases[] = {
        {"#ifdef NO\na\n#elif B\nb\n#else\nc\n#endif\n",
         "#if B\nb\n#else \nc\n#endif \n"},
        {"#ifdef A\na\n#elif defined(NO)\nb\n#else\nc\n#endif\n",
         "#ifdef A\na\n#else \nc\n#endif \n"},
        {"#ifdef A\na\n#elif B\nb\n#endif\n",
         "#ifdef A\na\n#elif B\nb\n#endif \n"},
        {"#ifdef A\na\n#elif 1\nb\n#else\nc\n#endif\n",
         "#ifdef A\na\n#else \nb\n#endif \n"},
        {"#if 1\na\n#elif A\nb\n#else\nc\n#endif\nd\n", "a\nd\n"},
        {"#ifdef NO\n#ifdef A\na\n#else\nb\n#endif\n#if 1\nc\n#endif\n#endif",
         ""},
        {"#ifdef A\n#ifdef NO\na\n#endif\n#endif\n", "#ifdef A\n#endif \n"},
        {"#ifdef NO\n#define A\n#endif\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(cases); i++) {
        expect(cases[i].text, cases[i].visible);
    }
}

static void
nothing_is_said_of_what_does_not_match_up(void **state)
{
    static const char *const texts[] = {
        "#endif\n",
        "#else\n",
        "#if A\n",
        "#elif A\n",
        "#if A\n#elifdef B\n#endif\n",
    };
    (void)state;
    for (size_t i = 0; i < PB_LENGTH(texts); i++) {
        PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
        assert_false(see(texts[i], &out));
    }
}

static void
the_deepest_nest_is_followed_and_no_deeper(void **state)
{
    (void)state;
    for (int depth = 64; depth <= 65; depth++) {
        PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
        PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
        for (int i = 0; i < depth; i++) {
            pb_buf_adds(&text, "#if A\n");
        }
        for (int i = 0; i < depth; i++) {
            pb_buf_adds(&text, "#endif\n");
        }
        assert_int_equal(see(text.data, &out), depth == 64);
    }
}

static bool
note(const char *name, void *context)
{
    pb_buf_addf(context, "%s ", name);
    return false;
}

static void
all_names_that_decide_are_asked_for(void **state)
{
    static const char text[] = "#if defined(A) || B && !defined(C)\n"
                               "#elif D > 3 && E\n"
                               "#ifdef F\n#endif\n#endif\n#define G\n";
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf out = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf names = PB_BUF_INIT;
    const struct pb_undefined noting = {note, &names};
    assert_true(pb_visible_text(text, strlen(text), &noting, &out));
    assert_string_equal(names.data, "A B C E F ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_and_comments_are_not_seen),
        cmocka_unit_test(literals_stay_as_they_are),
        cmocka_unit_test(what_cannot_hold_is_not_seen),
        cmocka_unit_test(branches_that_are_left_keep_their_order),
        cmocka_unit_test(nothing_is_said_of_what_does_not_match_up),
        cmocka_unit_test(the_deepest_nest_is_followed_and_no_deeper),
        cmocka_unit_test(all_names_that_decide_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
