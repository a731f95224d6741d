/* The shipped rules on what CPython, compilers and runners really print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pybisect/alloc.h"
#include "pybisect/strv.h"
#include "shipped_rules.h"
#include "verdict/classify_rules.h"

/* What a sample leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* A failing test unless it says otherwise. */
struct sample {
    const char *class_name;
    const char *type;
    const char *message;
    const char *trace;
    enum pb_phase phase;
    enum pb_outcome after; /* PASS, which no failing test has: ERROR */
    const char *log;
    const char *id;
};

static struct pb_rules *rules;

static int
load_rules(void **state)
{
    (void)state;
    rules = pb_rules_new();
    shipped_rules_load(rules);
    return 0;
}

static int
free_rules(void **state)
{
    (void)state;
    pb_rules_free(rules);
    return 0;
}

static struct pb_facts
facts_of(const struct sample *sample)
{
    return (struct pb_facts){
        .phase = sample->phase,
        .kind = PB_CHANGE_FAILING,
        .id = sample->id == NULL ? "m.C.test_x" : sample->id,
        .before = PB_OUTCOME_PASS,
        .after = sample->after == PB_OUTCOME_PASS ? PB_OUTCOME_ERROR
                                                  : sample->after,
        .now = {sample->type, sample->message, sample->trace},
        .log = sample->log,
        .log_length = sample->log == NULL ? 0 : strlen(sample->log),
    };
}

static void
expect(const struct pb_facts *facts, const char *class_name, const char *what)
{
    PB_AUTO(pb_match) struct pb_match match = PB_MATCH_INIT;
    (void)pb_classify(rules, facts, &match);
    if (match.class_name == NULL || strcmp(match.class_name, class_name) != 0)
    {
        PB_AUTO(pb_buf) struct pb_buf why = PB_BUF_INIT;
        pb_match_explain(&match, &why);
        fail_msg("'%s' is not of class '%s' but:\n%s", what, class_name,
                 why.data);
    }
}

static void
expect_all(const struct sample *samples, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct pb_facts facts = facts_of(&samples[i]);
        expect(&facts, samples[i].class_name,
               samples[i].message == NULL ? "no message" : samples[i].message);
    }
}

/* A traceback whose innermost frame has this file and line of source. */
#define TRACE(file, source)                                                   \
    "Traceback (most recent call last):\n"                                    \
    "  File \"/w/project/tests/test_x.py\", line 8, in test_x\n"              \
    "    self.assertTrue(f())\n"                                              \
    "  File \"" file "\", line 153, in f\n"                                   \
    "    " source "\n"

/* What the compiler of Python says: the frame has no function. */
#define SYNTAX(source, message)                                               \
    "Traceback (most recent call last):\n"                                    \
    "  File \"/w/project/tests/test_x.py\", line 8, in <module>\n"            \
    "    import x\n"                                                          \
    "  File \"/w/project/x.py\", line 154\n"                                  \
    "    " source "\n"                                                        \
    "        ^\n"                                                             \
    "SyntaxError: " message "\n"

static void
syntax_errors_are_told_by_their_line(void **state)
{
    (void)state;
    static const char invalid[] = "invalid syntax (x.py, line 154)";
    static const struct sample samples[] = {
        /* Twisted's manhole on 3.7. */
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("def write(self, data, async=False):", "invalid syntax")},
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("self.handler.addOutput(data, async)", "invalid syntax")},
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("return asyncio.async(coro)", "invalid syntax")},
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("from tornado.platform import async", "invalid syntax")},
        /* 2.6: with and as. */
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("def assertRaises(self, exc, with=None):", "invalid syntax")},
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("as = self.attributes", "invalid syntax")},
        {"new-keyword", "SyntaxError",
         "can't assign to keyword (x.py, line 154)",
         SYNTAX("True = 1", "can't assign to keyword")},
        {"new-keyword", "SyntaxError", "cannot assign to True (x.py, line 1)",
         NULL},
        {"new-keyword", "SyntaxError", invalid,
         SYNTAX("True, False = 1, 0", "invalid syntax")},
        {"new-keyword", "DeprecationWarning",
         "'async' and 'await' will become reserved keywords in Python 3.7",
         NULL},
        /* Collected by pytest. */
        {"new-keyword", "SyntaxError", "invalid syntax",
         "/w/deps/_pytest/python.py:618: in _importtestmodule\n"
         "    mod = import_path(self.path)\n"
         "E     File \"/w/project/tests/test_x.py\", line 3\n"
         "E       async = 1\n"
         "E             ^\n"
         "E   SyntaxError: invalid syntax\n"},
        {"literal", "SyntaxError", "invalid token (x.py, line 154)",
         SYNTAX("MASK = 0x+80000000", "invalid token")},
        {"literal", "SyntaxError", invalid,
         SYNTAX("MASK = 0x+80000000", "invalid syntax")},
        {"literal", "SyntaxError", "invalid token (x.py, line 154)",
         SYNTAX("os.chmod(path, 0755)", "invalid token")},
        {"literal", "SyntaxError", invalid,
         SYNTAX("LIMIT = 0xFFFFFFFFL", "invalid syntax")},
        {"literal", "SyntaxError",
         "leading zeros in decimal integer literals are not permitted; use "
         "an 0o prefix for octal integers (x.py, line 154)",
         NULL},
        {"literal", "SyntaxError", "invalid decimal literal (x.py, line 1)",
         NULL},
        {"literal", "SyntaxError",
         "(unicode error) 'unicodeescape' codec can't decode bytes in "
         "position 2-3: truncated \\UXXXXXXXX escape (x.py, line 1)",
         NULL},
        {"literal", "DeprecationWarning", "invalid escape sequence \\d", NULL},
        {"literal", "SyntaxWarning", "invalid escape sequence '\\d'", NULL},
        {"literal", "ValueError",
         "invalid literal for long() with base 16: '0x+80000000'", NULL},
        /* Valid uses of these words in a line that is wrong otherwise. */
        {"syntax", "SyntaxError", invalid,
         SYNTAX("print \"hello\", name", "invalid syntax")},
        {"syntax", "SyntaxError", invalid,
         SYNTAX("except ValueError, e:", "invalid syntax")},
        {"syntax", "SyntaxError", invalid,
         SYNTAX("with open(path) as f, g:", "invalid syntax")},
        {"syntax", "SyntaxError", invalid,
         SYNTAX("async def f(x, y=None):", "invalid syntax")},
        {"syntax", "SyntaxError", invalid,
         SYNTAX("exec code in namespace", "invalid syntax")},
        {"syntax", "SyntaxError", invalid,
         SYNTAX("if x == 10.05 and y <> None:", "invalid syntax")},
        {"syntax", "SyntaxError",
         "Missing parentheses in call to 'print'. Did you mean print(...)?",
         NULL},
        {"syntax", "SyntaxError", "f-string: expecting '}' (x.py, line 154)",
         NULL},
        {"syntax", "IndentationError",
         "unindent does not match any outer indentation level (x.py, line 4)",
         NULL},
        {"syntax", "TabError",
         "inconsistent use of tabs and spaces in indentation", NULL},
        /* A whole file that unittest could not import. */
        {"syntax", "ImportError",
         "Failed to import test module: test_x\n"
         "Traceback (most recent call last):\n"
         "  File \"/w/Lib/unittest/loader.py\", line 394, in _find_test_path\n"
         "    module = self._get_module_from_name(name)\n"
         "  File \"/w/project/tests/test_x.py\", line 3\n"
         "    exec code in namespace\n"
         "    ^^^^^^^^^\n"
         "SyntaxError: Missing parentheses in call to 'exec'. Did you mean "
         "exec(...)?\n",
         NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
names_that_are_gone(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"removed-module", "ModuleNotFoundError",
         "No module named 'distutils'",
         TRACE("/w/project/setup_x.py", "from distutils import core")},
        {"removed-module", "ModuleNotFoundError", "No module named 'asyncore'",
         NULL},
        {"removed-module", "ModuleNotFoundError",
         "No module named 'distutils.command'", NULL},
        {"removed-module", "ModuleNotFoundError", "No module named 'imp'",
         NULL},
        {"removed-module", "ImportError", "No module named cgi", NULL},
        {"removed-module", "ImportError", "No module named sets", NULL},
        {"removed-module", "ImportError",
         "Failed to import test module: test_http\n"
         "Traceback (most recent call last):\n"
         "  File \"/w/project/tests/test_http.py\", line 1, in <module>\n"
         "    import cgi\n"
         "ModuleNotFoundError: No module named 'cgi'\n",
         NULL, .id = "unittest.loader._FailedTest.test_http"},
        /* Wrapped, with the cause named. */
        {"removed-module", "django.core.exceptions.ImproperlyConfigured",
         "Error loading backend",
         "Traceback (most recent call last):\n"
         "  File \"/w/project/a.py\", line 1, in load\n"
         "    import telnetlib\n"
         "ModuleNotFoundError: No module named 'telnetlib'\n"
         "\n"
         "The above exception was the direct cause of the following "
         "exception:\n"
         "\n"
         "Traceback (most recent call last):\n"
         "  File \"/w/project/a.py\", line 4, in load\n"
         "    raise ImproperlyConfigured(m) from e\n"
         "django.core.exceptions.ImproperlyConfigured: Error loading "
         "backend\n"},
        {"removed-module", NULL, "No module named 'imp'", NULL,
         .after = PB_OUTCOME_SKIP},
        {"removed-name", "AttributeError",
         "module 'collections' has no attribute 'MutableMapping'", NULL},
        {"removed-name", "AttributeError",
         "'module' object has no attribute 'maketrans'", NULL},
        {"removed-name", "AttributeError",
         "module 'unittest' has no attribute 'makeSuite'. Did you mean: "
         "'TestSuite'?",
         NULL},
        {"removed-name", "AttributeError",
         "module 'ast' has no attribute 'Str'", NULL},
        {"removed-name", "ImportError",
         "cannot import name 'Mapping' from 'collections' "
         "(/w/Lib/collections/__init__.py)",
         NULL},
        {"removed-name", "ImportError", "cannot import name izip", NULL},
        {"removed-name", "AttributeError",
         "'TestThing' object has no attribute 'assertEquals'. Did you mean: "
         "'assertEqual'?",
         NULL},
        {"removed-name", "AttributeError",
         "'Thread' object has no attribute 'isAlive'", NULL},
        {"removed-name", "AttributeError",
         "'dict' object has no attribute 'has_key'", NULL},
        {"removed-name", "AttributeError",
         "type object 'datetime.datetime' has no attribute 'UTC'", NULL},
        {"removed-name", "NameError", "name 'unicode' is not defined", NULL},
        /* Not a module of the standard library, as far as is known. */
        {"other", "ModuleNotFoundError", "No module named 'zope.component'",
         NULL},
        {"other", "ModuleNotFoundError", "No module named 'cgiapp'", NULL},
        {"other", "ImportError",
         "cannot import name 'x' from partially initialized module 'y' (most "
         "likely due to a circular import)",
         NULL},
        /* Another value, not another name. */
        {"value-changed", "AttributeError",
         "'NoneType' object has no attribute 'group'", NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
calls_that_are_refused(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"signature", "TypeError",
         "__init__() takes 3 positional arguments but 4 were given", NULL},
        {"signature", "TypeError",
         "__init__() takes exactly 2 arguments (3 given)", NULL},
        {"signature", "TypeError",
         "Thread.__init__() got an unexpected keyword argument 'verbose'",
         NULL},
        {"signature", "TypeError",
         "f() missing 1 required positional argument: 'loop'", NULL},
        {"signature", "TypeError", "object() takes no parameters", NULL},
        {"signature", "TypeError", "Foo() takes no arguments", NULL},
        {"signature", "TypeError",
         "object.__init__() takes exactly one argument (the instance to "
         "initialize)",
         NULL},
        {"signature", "TypeError", "open expected at most 1 argument, got 2",
         NULL},
        {"signature", "TypeError",
         "function missing required argument 'buffer' (pos 1)", NULL},
        {"signature", "TypeError",
         "'encoding' is an invalid keyword argument for this function", NULL},
        {"signature", "TypeError",
         "f() got some positional-only arguments passed as keyword "
         "arguments: 'x'",
         NULL},
        {"signature", "TypeError", "f() got multiple values for argument 'x'",
         NULL},
        /* 3.5: Call lost starargs and kwargs. */
        {"signature", "TypeError",
         "Call constructor takes either 0 or 3 positional arguments",
         TRACE("/w/deps/_pytest/assertion/rewrite.py",
               "return ast.Call(name, args, [], None, None)")},
        /* 2.6: an array into hashlib. */
        {"buffer", "TypeError", "object supporting the buffer API required",
         TRACE("/w/project/x.py", "return hashlib.md5(a).hexdigest()")},
        {"buffer", "TypeError", "a bytes-like object is required, not 'str'",
         NULL},
        {"buffer", "TypeError", "expected a readable buffer object", NULL},
        {"buffer", "TypeError", "must be string or buffer, not array.array",
         NULL},
        {"buffer", "TypeError",
         "Unicode-objects must be encoded before hashing", NULL},
        {"buffer", "TypeError", "Strings must be encoded before hashing",
         NULL},
        {"buffer", "BufferError",
         "Existing exports of data: object cannot be re-sized", NULL},
        {"buffer", "TypeError", "'str' does not support the buffer interface",
         NULL},
        {"type-stricter", "TypeError", "argument 1 must be str, not int",
         NULL},
        {"type-stricter", "TypeError",
         "expected str, bytes or os.PathLike object, not NoneType", NULL},
        {"type-stricter", "TypeError",
         "'float' object cannot be interpreted as an integer", NULL},
        {"type-stricter", "TypeError", "integer argument expected, got float",
         NULL},
        {"type-stricter", "ValueError", "embedded null byte", NULL},
        {"type-stricter", "ValueError",
         "Exceeds the limit (4300 digits) for integer string conversion; use "
         "sys.set_int_max_str_digits() to increase the limit",
         NULL},
        {"type-stricter", "TypeError",
         "cannot pickle '_io.TextIOWrapper' "
         "object",
         NULL},
        {"type-stricter", "TypeError",
         "'<' not supported between instances of 'NoneType' and 'int'", NULL},
        {"type-stricter", "ValueError",
         "mutable default <class 'x.Foo'> for field foo is not allowed: use "
         "default_factory",
         TRACE("/w/Lib/dataclasses.py", "raise ValueError(f'mutable')")},
        {"type-stricter", "ValueError",
         "source code string cannot contain "
         "null bytes",
         TRACE("/w/project/x.py", "return compile(text, name, 'exec')")},
        {"type-stricter", "RuntimeError", "generator raised StopIteration",
         NULL},
        {"type-stricter", "RuntimeError",
         "There is no current event loop in thread 'MainThread'.",
         TRACE("/usr/lib/python3.14/asyncio/events.py",
               "raise RuntimeError('There is no current event loop')")},
        /* Raised by the project itself. */
        {"other", "ValueError", "unknown colour: mauve",
         TRACE("/w/project/x.py", "raise ValueError(text)")},
        {"other", "TypeError", "Foo wants a Bar",
         TRACE("/usr/lib/python3.12/site-packages/foo.py",
               "raise TypeError('Foo wants a Bar')")},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
values_and_words(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        /* Django's strip_tags. */
        {"value-changed", "AssertionError",
         "'<sc<!-- -->ript>test<<!-- -->/script>' != 'ript>test'\n"
         "- <sc<!-- -->ript>test<<!-- -->/script>\n+ ript>test\n",
         NULL},
        {"value-changed", "AssertionError", "3 != 4", NULL},
        {"value-changed", "AssertionError", "False is not true", NULL},
        {"value-changed", "AssertionError",
         "assert {'a': 1} == {'a': 2}\n  +  where {'a': 1} = f()", NULL},
        {"value-changed", "AssertionError", "'a@x' != 'a@y'", NULL},
        {"value-changed", "AssertionError",
         "Lists differ: [1, 2] != [2, 1]\n\nFirst differing element 0:\n1\n2",
         NULL},
        {"value-changed", "twisted.trial.unittest.FailTest",
         "not equal:\na = 1\nb = 2\n", NULL},
        {"value-changed", "Failed", "DID NOT RAISE <class 'ValueError'>",
         NULL},
        {"value-changed", "AssertionError", "ValueError not raised", NULL},
        {"value-changed", NULL, NULL, NULL, .after = PB_OUTCOME_XPASS},
        {"value-changed", "KeyError", "'content-type'",
         TRACE("/w/project/x.py", "return headers['content-type']")},
        {"message-changed", "AssertionError",
         "'usage: x [-h]\\n\\noptional arguments:\\n  -h, --help' != 'usage: "
         "x [-h]\\n\\noptions:\\n  -h, --help'",
         NULL},
        {"message-changed", "AssertionError",
         "'optional arguments:' not found in 'usage: x [-h]\\n\\noptions:\\n'",
         NULL},
        {"message-changed", "AssertionError",
         "assert 'usage: x [-h]\\n\\noptions:\\n' == 'usage: x "
         "[-h]\\n\\noptional arguments:\\n'",
         NULL},
        {"message-changed", "AssertionError",
         "\"f\\(\\) takes 1 argument\" does not match \"C.f() takes 1 "
         "positional argument but 2 were given\"",
         NULL},
        {"message-changed", "AssertionError",
         "Regex pattern did not match.\n Regex: 'x'\n Input: 'y'", NULL},
        {"message-changed", "AssertionError",
         "'Traceback (most recent call last):\\n  File \"x\"\\n    f()\\n' != "
         "'Traceback (most recent call last):\\n  File \"x\"\\n    f()\\n    "
         "~^^\\n'",
         NULL},
        {"message-changed", "AssertionError",
         "\"int() argument must be a string or a number, not 'list'\" != "
         "\"int() argument must be a string, a bytes-like object or a real "
         "number, not 'list'\"",
         NULL},
        {"message-changed", "AssertionError",
         "\"ValueError('x',)\" != \"ValueError('x')\"", NULL},
        {"message-changed", "AssertionError",
         "'<Color.RED: 1>' != 'Color.RED'", NULL},
        {"message-changed", "AssertionError",
         "\"OrderedDict([('a', 1)])\" != \"OrderedDict({'a': 1})\"", NULL},
        {"message-changed", "AssertionError",
         "\"<type 'int'>\" != \"<class 'int'>\"", NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

/* unittest makes an AssertionError of whatever an example raises. */
#define DOCTEST(what)                                                         \
    "Failed doctest test for genshi.core.Stream.select\n"                     \
    "  File \"{project}/genshi/core.py\", line 185, in select\n\n"            \
    "----------------------------------------------------------------\n"      \
    "File \"{project}/genshi/core.py\", line 199, in genshi.core.Stream\n"    \
    "Failed example:\n    print(stream.select('doc'))\n" what

static void
a_doctest_is_of_the_class_of_what_it_raised(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"type-stricter", "AssertionError",
         DOCTEST("Exception raised:\n"
                 "    Traceback (most recent call last):\n"
                 "      File \"{project}/genshi/transform.py\", line 120, in "
                 "__iter__\n"
                 "        event = next(self.stream)\n"
                 "    StopIteration\n\n"
                 "    The above exception was the direct cause of the "
                 "following exception:\n\n"
                 "    Traceback (most recent call last):\n"
                 "      File \"{cpython}/Lib/doctest.py\", line 1329, in "
                 "__run\n"
                 "        compileflags, 1), test.globs)\n"
                 "      File \"{project}/genshi/output.py\", line 598, in "
                 "__call__\n"
                 "        for ev in stream:\n"
                 "    RuntimeError: generator raised StopIteration\n"),
         NULL},
        {"removed-name", "AssertionError",
         DOCTEST("Exception raised:\n"
                 "    Traceback (most recent call last):\n"
                 "      File \"<doctest m.f[0]>\", line 1, in <module>\n"
                 "        ast.Str\n"
                 "    AttributeError: module 'ast' has no attribute 'Str'\n"),
         NULL},
        {"value-changed", "AssertionError",
         DOCTEST("Expected:\n    1\nGot:\n    2\n"), NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
what_differs_is_compared_with_what_was(void **state)
{
    (void)state;
    struct pb_facts facts = {
        .kind = PB_CHANGE_DIFFERENT,
        .id = "m.C.test_x",
        .before = PB_OUTCOME_ERROR,
        .after = PB_OUTCOME_ERROR,
        .was = {"xml.parsers.expat.ExpatError", "no element found", NULL},
        .now = {"xml.parsers.expat.ExpatError", "no element found: line 1",
                NULL},
    };
    expect(&facts, "message-changed", "same type, other words");
    facts.was.type = "OSError";
    expect(&facts, "other", "another type");
    facts.was = (struct pb_said){"AssertionError", "1 != 2", NULL};
    facts.now = (struct pb_said){"AssertionError", "1 != 3", NULL};
    expect(&facts, "value-changed", "1 != 3");
}

static void
what_the_interpreter_shows_of_itself(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"introspection", "AssertionError",
         "Items in the first set but not the second:\n"
         "'__static_attributes__'",
         NULL},
        {"introspection", "zope.interface.exceptions.BrokenImplementation",
         "The object has failed: The __firstlineno__ attribute was not "
         "provided.",
         NULL},
        {"introspection", "AttributeError",
         "'Foo' object has no attribute '__annotations_cache__'", NULL},
        {"introspection", "ValueError",
         "no signature found for builtin <built-in function f>", NULL},
        {"bytecode-ast", "TypeError",
         "code() argument 13 must be str, not int", NULL},
        {"bytecode-ast", "TypeError",
         "code expected at least 16 arguments, got 15", NULL},
        {"bytecode-ast", "TypeError",
         "an integer is required (got type bytes)",
         TRACE("/w/deps/cloudpickle/cloudpickle.py",
               "return types.CodeType(*args)")},
        {"bytecode-ast", "SystemError", "unknown opcode", NULL},
        {"bytecode-ast", "TypeError",
         "required field \"type_ignores\" missing from Module", NULL},
        {"bytecode-ast", "AttributeError",
         "'Constant' object has no attribute 's'", NULL},
        {"bytecode-ast", "AttributeError",
         "'code' object has no attribute 'co_lnotab'", NULL},
        {"bytecode-ast", "KeyError", "'CALL_FUNCTION'",
         TRACE("/w/project/x.py", "op = dis.opmap['CALL_FUNCTION']")},
        {"bytecode-ast", "ImportError",
         "bad magic number in 'x': "
         "b'\\xee\\x0c\\r\\n'",
         NULL},
        {"deprecation-error", "DeprecationWarning",
         "'cgi' is deprecated and slated for removal in Python 3.13",
         TRACE("/w/Lib/cgi.py", "warnings._deprecated(__name__)")},
        {"deprecation-error", "PendingDeprecationWarning",
         "the imp module is deprecated", NULL},
        {"deprecation-error", "FutureWarning", "Possible nested set", NULL},
        /* A file that pytest could not collect. */
        {"deprecation-error", NULL, NULL,
         "tests/test_x.py:3: in <module>\n"
         "    import cgi\n"
         "/w/Lib/cgi.py:55: in <module>\n"
         "    warnings._deprecated(__name__, remove=(3,13))\n"
         "E   DeprecationWarning: 'cgi' is deprecated and slated for removal "
         "in Python 3.13\n"},
        {"encoding", "UnicodeDecodeError",
         "'utf-8' codec can't decode byte 0xe9 in position 1: invalid "
         "continuation byte",
         NULL},
        {"encoding", "UnicodeEncodeError",
         "'ascii' codec can't encode character '\\xe9' in position 1: ordinal "
         "not in range(128)",
         NULL},
        {"encoding", "LookupError", "unknown encoding: hex", NULL},
        {"other", "LookupError", "No installed app with label 'x'.", NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
compilers_and_linkers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"c-api", NULL,
         "src/gmpy2.c:12:5: error: ‘PyTypeObject’ has no member named "
         "‘tp_print’",
         NULL, PB_PHASE_PREPARE},
        {"c-api", NULL,
         "x.c:3:10: error: 'PyObject' has no member named 'ob_type'", NULL,
         PB_PHASE_PREPARE},
        {"c-api", NULL,
         "x.c:9:3: error: implicit declaration of function "
         "‘_PyLong_AsByteArray’",
         NULL, PB_PHASE_PREPARE},
        {"c-api", NULL,
         "x.c:4:10: fatal error: longintrepr.h: No such file "
         "or directory",
         NULL, PB_PHASE_PREPARE},
        {"c-api", "distutils.errors.CompileError",
         "command 'gcc' failed with exit status 1", NULL, PB_PHASE_PREPARE,
         .log = "building 'x' extension\n"
                "x.c:10:8: error: unknown type name ‘PyUnicodeObject_’\n"
                "error: command 'gcc' failed with exit status 1\n"},
        {"c-api", "ImportError",
         "/w/x.cpython-313.so: undefined symbol: _PyUnicode_Ready", NULL},
        {"c-api", "SystemError",
         "PY_SSIZE_T_CLEAN macro must be defined for '#' formats", NULL},
        {"c-api", "SystemError",
         "<built-in function f> returned a result with an exception set",
         NULL},
        {"c-api", "ImportError",
         "dynamic module does not define module export function (PyInit_x)",
         NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
ends_of_the_process(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"crash", NULL, "signal 11 (Segmentation fault)", NULL,
         .after = PB_OUTCOME_CRASHED},
        {"crash", NULL, "Fatal Python error: Segmentation fault",
         "Fatal Python error: Segmentation fault\n\n"
         "Current thread 0x00007f0 (most recent call first):\n"
         "  File \"/w/x.py\", line 3 in f\n",
         PB_PHASE_RUN, PB_OUTCOME_CRASHED},
        {"crash", NULL,
         "python: Objects/dictobject.c:456: PyDict_Check: Assertion "
         "`mp != NULL' failed.",
         NULL, PB_PHASE_SMOKE, PB_OUTCOME_FAIL},
        {"crash", "subprocess.CalledProcessError",
         "Command '['python', '-c', 'x']' died with <Signals.SIGSEGV: 11>.",
         NULL},
        {"crash", "AssertionError", "-11 != 0", NULL},
        {"crash", NULL, "worker 'gw0' crashed while running 'tests/a.py::b'",
         NULL},
        {"value-changed", "AssertionError", "1 != 0", NULL},
        {"hang", NULL, "time limit", NULL, .after = PB_OUTCOME_HUNG},
        {"hang", NULL, "time limit", NULL, PB_PHASE_RUN, PB_OUTCOME_HUNG},
        {"hang", "twisted.internet.defer.TimeoutError",
         "<x.T testMethod=test_f> (test_f) still running at 120.0 secs", NULL},
        {"hang", "subprocess.TimeoutExpired",
         "Command '['x']' timed out after 30 seconds", NULL},
        {"hang", "Failed", "Timeout >60.0s", NULL},
        {"resource", "twisted.trial.util.DirtyReactorAggregateError",
         "Reactor was unclean.\nDelayedCalls: (set "
         "twisted.internet.base.DelayedCall.debug = True to debug)\n",
         NULL},
        {"resource", "ResourceWarning",
         "unclosed <socket.socket fd=7, laddr=('127.0.0.1', 41234)>", NULL},
        {"resource", "pytest.PytestUnraisableExceptionWarning",
         "Exception ignored in: <function BaseEventLoop.__del__>\n"
         "ResourceWarning: unclosed event loop",
         NULL},
        {"resource", "RecursionError", "maximum recursion depth exceeded",
         NULL},
        {"resource", "OSError", "[Errno 24] Too many open files: 'x'", NULL},
        {"resource", "AssertionError", "3 != 2",
         TRACE("/w/project/x.py",
               "self.assertEqual(sys.getrefcount(x), before)")},
        {"environment", "ConnectionRefusedError",
         "[Errno 111] Connection refused",
         TRACE("/w/Lib/socket.py", "raise exceptions[0]")},
        {"environment", "urllib.error.URLError",
         "<urlopen error [Errno -3] Temporary failure in name resolution>",
         NULL},
        {"environment", "OSError", "[Errno 28] No space left on device", NULL},
        {"environment", "PermissionError",
         "[Errno 13] Permission denied: '/var/x'", NULL},
        {"environment", "django.db.utils.OperationalError",
         "(2002, \"Can't connect to local MySQL server through socket "
         "'/run/mysqld/mysqld.sock' (2)\")",
         NULL},
        {"environment", "TimeoutError", "[Errno 110] Connection timed out",
         NULL},
        {"value-changed", "AssertionError",
         "'ok' != '[Errno 111] Connection refused'", NULL},
        {"platform", "OSError", "[Errno 38] Function not implemented", NULL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
phases_that_fail_while_tests_pass(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"install-python", NULL, "make: *** [Makefile:1600: install] Error 1",
         NULL, PB_PHASE_INSTALL_PYTHON},
        {"prepare", "AttributeError",
         "'str' object has no attribute 'compiler_type'",
         TRACE("/w/project/setup.py", "if self.compiler.compiler_type:"),
         PB_PHASE_PREPARE},
        {"prepare", NULL, "error: invalid command 'bdist_wheel'", NULL,
         PB_PHASE_PREPARE},
        {"removed-module", "ModuleNotFoundError",
         "No module named 'distutils'", NULL, PB_PHASE_PREPARE},
        {"smoke", NULL, "usage: x [-h]", NULL, PB_PHASE_SMOKE},
        {"runner", NULL, "the runner ended before its results: exit status 1",
         NULL, PB_PHASE_RUN, PB_OUTCOME_FAIL},
        {"runner", "IndexError", "list index out of range",
         "Traceback (most recent call last):\n"
         "  File \"/w/deps/bin/trial\", line 8, in <module>\n"
         "    sys.exit(run())\n"
         "  File \"/w/deps/twisted/trial/reporter.py\", line 4, in _print\n"
         "    x = y[0]\n"
         "IndexError: list index out of range\n",
         PB_PHASE_RUN, PB_OUTCOME_FAIL},
        {"runner", "AttributeError", "'X' is odd",
         "Traceback (most recent call last):\n"
         "  File \"/w/Lib/unittest/case.py\", line 58, in testPartExecutor\n"
         "    yield\n"
         "  File \"/w/deps/nose2/result.py\", line 4, in stop\n"
         "    raise AttributeError(self.x)\n",
         PB_PHASE_RUN, PB_OUTCOME_FAIL},
        {"vanished", NULL, "no tests ran", NULL, PB_PHASE_RUN,
         PB_OUTCOME_FAIL},
        {"other", NULL, "exit status 1", NULL, PB_PHASE_COMMAND,
         PB_OUTCOME_FAIL},
        {"removed-name", "AttributeError",
         "module 'inspect' has no attribute 'getargspec'", NULL,
         PB_PHASE_COMMAND, PB_OUTCOME_FAIL},
    };
    expect_all(samples, PB_LENGTH(samples));
}

static void
tests_that_are_gone_or_skipped(void **state)
{
    (void)state;
    struct pb_counts counts = {
        .tests_before = 140, .tests_after = 140, .skipped_after = 140};
    struct pb_facts facts = {
        .kind = PB_CHANGE_SKIPPED,
        .id = "twisted.test.test_x.T.test_y",
        .before = PB_OUTCOME_PASS,
        .after = PB_OUTCOME_SKIP,
        .now = {NULL, "<bound method TestCase.skip of T>", NULL},
        .counts = &counts,
    };
    expect(&facts, "mass-skip", "140 skipped");
    counts.skipped_after = 3;
    expect(&facts, "skipped", "3 of 140 skipped");
    facts.now.message = "No module named 'telnetlib'";
    expect(&facts, "removed-module", "skipped for want of a module");

    facts = (struct pb_facts){
        .kind = PB_CHANGE_VANISHED,
        .id = "m.C.test_x",
        .before = PB_OUTCOME_PASS,
        .after = PB_OUTCOME_ABSENT,
        .file_tests_before = 12,
        .file_tests_after = 11,
    };
    expect(&facts, "vanished", "one of a file");
    facts.file_tests_after = 0;
    expect(&facts, "collection", "a whole file");
    facts.replaced = true;
    expect(&facts, "removed-test", "another of its parameters is there");

    facts = (struct pb_facts){
        .kind = PB_CHANGE_FAILING,
        .id = "unittest.loader._FailedTest.test_x",
        .after = PB_OUTCOME_ERROR,
        .now = {"RuntimeError", "odd", NULL},
        .collecting = true,
    };
    expect(&facts, "collection", "a file that raises");
}

static void
what_only_the_caller_knows(void **state)
{
    (void)state;
    const struct sample sample = {"", "AssertionError", "1 != 2", NULL};
    struct pb_facts facts = facts_of(&sample);
    facts.some_platforms = true;
    expect(&facts, "platform", "elsewhere it passes");
    facts.flaky = true;
    expect(&facts, "flaky", "runs differ");

    const struct sample slow = {"", "AssertionError",
                                "took 3.2 seconds, more than 1", NULL};
    facts = facts_of(&slow);
    expect(&facts, "value-changed", "nobody measured");
    facts.time_ratio = 1.1;
    expect(&facts, "value-changed", "measured: no slower");
    facts.time_ratio = 2.5;
    expect(&facts, "performance", "measured: slower");
    const struct sample hypothesis = {
        "", "hypothesis.errors.DeadlineExceeded",
        "Test took 450.11ms, which exceeds the deadline of 200.00ms", NULL};
    facts = facts_of(&hypothesis);
    expect(&facts, "performance", "hypothesis");

    facts = (struct pb_facts){.kind = PB_CHANGE_FIXED, .id = "m.x"};
    expect(&facts, "fixed", "fixed");
    facts.kind = PB_CHANGE_NEW;
    expect(&facts, "new-test", "new");
}

static bool
had_old(void *context, const char *module)
{
    assert_string_equal(context, "good end");
    return strcmp(module, "old.part") == 0;
}

static void
a_module_that_the_good_end_had_is_removed(void **state)
{
    (void)state;
    char context[] = "good end";
    struct sample sample = {"", "ModuleNotFoundError",
                            "No module named 'old.part'", NULL};
    struct pb_facts facts = facts_of(&sample);
    expect(&facts, "other", "nobody knows what the good end had");
    facts.stdlib_had = had_old;
    facts.context = context;
    expect(&facts, "removed-module", "it had it");
    facts.now.message = "No module named old.part";
    expect(&facts, "removed-module", "Python 2");
    facts.now.message = "No module named 'old.part'; 'old' is not a package";
    expect(&facts, "removed-module", "with an explanation");
    facts.now.message = "No module named 'old.parts'";
    expect(&facts, "other", "it had another");
    facts.now.message = "No module named ";
    expect(&facts, "other", "no name");
}

static void
every_class_has_its_words(void **state)
{
    (void)state;
    static const char *const classes[] = {
        "new-keyword",   "syntax",
        "literal",       "removed-module",
        "removed-name",  "signature",
        "buffer",        "type-stricter",
        "value-changed", "message-changed",
        "introspection", "deprecation-error",
        "c-api",         "bytecode-ast",
        "mass-skip",     "vanished",
        "collection",    "install-python",
        "prepare",       "smoke",
        "crash",         "hang",
        "resource",      "performance",
        "encoding",      "platform",
        "environment",   "flaky",
        "runner",        "fixed",
        "new-test",      "removed-test",
        "other",
    };
    for (size_t i = 0; i < PB_LENGTH(classes); i++) {
        assert_non_null(pb_rules_description(rules, classes[i]));
        assert_non_null(pb_rules_advice(rules, classes[i]));
    }
    size_t last = pb_rules_count(rules) - 1;
    assert_string_equal(pb_rules_name(rules, last), "other");
}

/* docs/classes.md has a row for each class and each condition. */
static void
all_is_documented(void **state)
{
    (void)state;
    PB_AUTO(pb_buf) struct pb_buf text = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    assert_int_equal(pb_fs_read(PB_SOURCE_DIR "/docs/classes.md",
                                PB_LIMIT_RECIPE_BYTES, &text, &err),
                     0);
    PB_AUTO(pb_strv) struct pb_strv rows = PB_STRV_INIT;
    for (size_t i = 0; i < pb_rules_count(rules); i++) {
        pb_strv_addf(&rows, "\n| `%s` | ", pb_rules_class(rules, i));
    }
    for (size_t i = 0; i < RULE_KEYS; i++) {
        pb_strv_addf(&rows, "`%s`", pb_rule_keys[i].name);
    }
    for (size_t i = 0; i < rows.len; i++) {
        if (strstr(text.data, rows.items[i]) == NULL) {
            fail_msg("not in docs/classes.md: %s", rows.items[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syntax_errors_are_told_by_their_line),
        cmocka_unit_test(names_that_are_gone),
        cmocka_unit_test(calls_that_are_refused),
        cmocka_unit_test(values_and_words),
        cmocka_unit_test(a_doctest_is_of_the_class_of_what_it_raised),
        cmocka_unit_test(what_differs_is_compared_with_what_was),
        cmocka_unit_test(what_the_interpreter_shows_of_itself),
        cmocka_unit_test(compilers_and_linkers),
        cmocka_unit_test(ends_of_the_process),
        cmocka_unit_test(phases_that_fail_while_tests_pass),
        cmocka_unit_test(tests_that_are_gone_or_skipped),
        cmocka_unit_test(what_only_the_caller_knows),
        cmocka_unit_test(a_module_that_the_good_end_had_is_removed),
        cmocka_unit_test(every_class_has_its_words),
        cmocka_unit_test(all_is_documented),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
