"""The commits of the made-up history, oldest first.

Every commit is a substitution in CPython's own files, of the kinds that a real
month brings: documentation, tests, the standard library, C sources, headers,
the makefile.  One breaks the build until a later one repairs it, one renames a
word in a comment, and one (marked CULPRIT) breaks other people's projects.
The issue and pull request numbers belong to no real issue.
"""

CULPRIT = "Reject str after bytes in xmlparser.Parse()"
CANNOT_BUILD = "Name the callable of an atexit callback after what it is"
REPAIRS_BUILD = "Repair the build of the atexit module"


class Commit:
    def __init__(self, subject, *edits, news=None):
        self.subject = subject
        self.edits = edits
        self.news = news


def replace(path, old, new):
    return path, old, new


def after(path, anchor, text):
    return path, anchor, anchor + text


def before(path, anchor, text):
    return path, anchor, text + anchor


def doc(name, sentence, text):
    """A paragraph of its own behind the one that ends with `sentence`."""
    return after("Doc/" + name, sentence + "\n", "\n" + text + "\n")


COMMITS = [
    Commit("Docs: say when a TextWrapper instance pays off",
           doc("library/textwrap.rst",
               ":class:`TextWrapper` for efficiency.",
               "An instance compiles its options once and may be reused for "
               "any number\nof texts.")),
    Commit("Simplify TextWrapper._split()",
           replace("Lib/textwrap.py",
                   "        chunks = [c for c in chunks if c]\n"
                   "        return chunks\n",
                   "        return [chunk for chunk in chunks if chunk]\n")),
    Commit("Test textwrap with an empty string and max_lines",
           after("Lib/test/test_textwrap.py",
                 '        self.check_wrap("", 6, [], drop_whitespace=False)\n',
                 '        self.check_wrap("", 6, [], max_lines=1)\n')),
    Commit("Docs: name the complexity of bisect's functions",
           replace("Doc/library/bisect.rst",
                   "having to sort the list after each insertion.",
                   "having to sort the list after each insertion: a search "
                   "is O(log n).")),
    Commit("Wrap a long line of _bisect",
           replace("Modules/_bisectmodule.c",
                   "internal_bisect_right(PyObject *list, PyObject *item, "
                   "Py_ssize_t lo, Py_ssize_t hi,\n"
                   "                      PyObject* key)\n",
                   "internal_bisect_right(PyObject *list, PyObject *item,\n"
                   "                      Py_ssize_t lo, Py_ssize_t hi, "
                   "PyObject *key)\n")),
    Commit("Docs: cross-reference shlex.quote() from shlex.join()",
           doc("library/shlex.rst",
               "   This function is the inverse of :func:`split`.",
               "   Every token goes through :func:`quote`.")),
    Commit("Use map() in shlex.join()",
           replace("Lib/shlex.py",
                   "    return ' '.join(quote(arg) for arg in "
                   "split_command)\n",
                   "    return ' '.join(map(quote, split_command))\n")),
    Commit("Add a contributor to Misc/ACKS",
           after("Misc/ACKS", "Aahz\n", "Ada Aalto\n")),
    Commit("Complete the docstring of queue.PriorityQueue",
           after("Lib/queue.py",
                 "    Entries are typically tuples of the form:  "
                 "(priority number, data).\n",
                 "    Entries of equal priority are compared by their data.\n"
                 )),
    Commit("Check the argument of PySeqIter_New() before anything else",
           replace("Objects/iterobject.c",
                   "    seqiterobject *it;\n\n"
                   "    if (!PySequence_Check(seq)) {\n"
                   "        PyErr_BadInternalCall();\n"
                   "        return NULL;\n"
                   "    }\n"
                   "    it = PyObject_GC_New(",
                   "    if (!PySequence_Check(seq)) {\n"
                   "        PyErr_BadInternalCall();\n"
                   "        return NULL;\n"
                   "    }\n\n"
                   "    seqiterobject *it = PyObject_GC_New("),
           news=("Core and Builtins",
                 "``PySeqIter_New()`` checks its argument first.")),
    Commit("Docs: explain ties in queue.PriorityQueue",
           doc("library/queue.rst",
               "lowest valued entry is retrieved first.",
               "Entries that compare equal are retrieved in no particular "
               "order.")),
    Commit("Add the _Py_CLAMP() macro",
           before("Include/pymacro.h",
                  "/* Absolute value of the number x */\n",
                  "/* The value nearest to x between lo and hi */\n"
                  "#define _Py_CLAMP(x, lo, hi) "
                  "Py_MIN(Py_MAX((x), (lo)), (hi))\n\n"),
           news=("C API",
                 "Add the private ``_Py_CLAMP()`` macro.")),
    Commit("Test colorsys with dark grey",
           after("Lib/test/test_colorsys.py",
                 "            ((0.5, 0.5, 0.5), (0.5, 0.0, 0.0)), # grey\n",
                 "            ((0.2, 0.2, 0.2), (0.2, 0.0, 0.0)), "
                 "# dark grey\n")),
    Commit("Docs: point from heapq to the sorting how-to",
           doc("library/heapq.rst",
               "smallest element is always the root, ``heap[0]``.",
               "To sort once and for all, see :ref:`sortinghowto`.")),
    Commit("Drop a local variable of scheduler.enter()",
           replace("Lib/sched.py",
                   "        time = self.timefunc() + delay\n"
                   "        return self.enterabs(time, priority, action, "
                   "argument, kwargs)\n",
                   "        return self.enterabs(self.timefunc() + delay, "
                   "priority, action,\n"
                   "                             argument, kwargs)\n")),
    Commit("Docs: mention that sched events may be re-entered",
           doc("library/sched.rst",
               "   event is run to allow other threads an opportunity to run "
               "in multi-threaded\n   applications.",
               "   An action may enter further events.")),
    Commit("Name the central region of the normal distribution's quantile",
           replace("Modules/_statisticsmodule.c",
                   "    if(fabs(q) <= 0.425) {\n",
                   "    if (fabs(q) <= 0.425) {\n"
                   "        // The central region.\n")),
    Commit("Docs: mention the range of the hue in colorsys",
           doc("library/colorsys.rst",
               "spaces, the coordinates are all between 0 and 1.",
               "A hue of 1 is the same colour as a hue of 0.")),
    Commit("Describe what fnmatch.translate() returns",
           after("Lib/fnmatch.py",
                 "    There is no way to quote meta-characters.\n",
                 "    The expression is meant for re.match(), not for "
                 "re.search().\n")),
    Commit("Test fnmatch with a lone closing bracket",
           after("Lib/test/test_fnmatch.py",
                 "        check('a', 'b', False)\n",
                 "        check(']', ']')\n")),
    Commit("Describe Misc/ACKS better",
           replace("Misc/README",
                   "ACKS                    Acknowledgements\n",
                   "ACKS                    Acknowledgements, by last "
                   "name\n")),
    Commit("Docs: say that fnmatch does not know about braces",
           doc("library/fnmatch.rst",
               "| ``[!seq]`` | matches any character not in *seq* |\n"
               "+------------+------------------------------------+",
               "Alternatives in braces are not supported.")),
    Commit("Space the sums of colorsys.rgb_to_hls()",
           replace("Lib/colorsys.py",
                   "    sumc = (maxc+minc)\n    rangec = (maxc-minc)\n",
                   "    sumc = maxc + minc\n    rangec = maxc - minc\n")),
    Commit("Docs: freshen the tutorial's appetizer",
           replace("Doc/tutorial/appetite.rst",
                   "bunch of photo files in a complicated way.",
                   "bunch of photo files in an intricate way.")),
    Commit("Remove the test program by a line of its own",
           replace("Makefile.pre.in",
                   "\t-rm -f Programs/_testembed Programs/_freeze_module\n",
                   "\t-rm -f Programs/_testembed\n"
                   "\t-rm -f Programs/_freeze_module\n"),
           news=("Build", "``make clean`` removes the test program and the "
                          "freezing tool separately.")),
    Commit("Docs: say which encoding netrc files are read in",
           doc("library/netrc.rst",
               "the Unix :program:`ftp` program and other FTP clients.",
               "Files are read as UTF-8, then in the locale's encoding.")),
    Commit("Describe when HTMLParser.close() is due",
           replace("Lib/html/parser.py",
                   '        """Handle any buffered data."""\n',
                   '        """Handle any buffered data.\n\n'
                   "        Call this once, after the last feed().\n"
                   '        """\n')),
    Commit("Declare the divisor of cmath.log() where it is used",
           replace("Modules/cmathmodule.c",
                   "    Py_complex y;\n\n"
                   "    errno = 0;\n"
                   "    x = c_log(x);\n"
                   "    if (y_obj != NULL) {\n"
                   "        y = PyComplex_AsCComplex(y_obj);\n",
                   "    errno = 0;\n"
                   "    x = c_log(x);\n"
                   "    if (y_obj != NULL) {\n"
                   "        Py_complex y = PyComplex_AsCComplex(y_obj);\n")
           ),
    Commit("Docs: define what graphlib calls a group",
           doc("library/graphlib.rst",
               "   is, if it is a directed acyclic graph.",
               "   Tasks that are ready at the same time form a group.")),
    Commit("Test graphlib with a node that depends on nothing",
           after("Lib/test/test_graphlib.py",
                 "        self._test_graph({1: set(), 3: set(), 5: set()}, "
                 "[(1, 3, 5)])\n",
                 "        self._test_graph({1: set()}, [(1,)])\n")),
    Commit("Avoid a second look-up in TopologicalSorter",
           replace("Lib/graphlib.py",
                   "        if (result := self._node2info.get(node)) is None:"
                   "\n"
                   "            self._node2info[node] = result = "
                   "_NodeInfo(node)\n"
                   "        return result\n",
                   "        info = self._node2info.get(node)\n"
                   "        if info is None:\n"
                   "            self._node2info[node] = info = "
                   "_NodeInfo(node)\n"
                   "        return info\n"),
           news=("Library", "Make :class:`graphlib.TopologicalSorter` easier "
                            "to read.")),
    Commit("Docs: mention ISO 8601 in the calendar module",
           doc("library/calendar.rst",
               "functionality, see also the :mod:`datetime` and :mod:`time` "
               "modules.",
               "Monday as the first day of the week is what ISO 8601 "
               "says.")),
    Commit("Use a wider literal in the generator of rotatingtree.c",
           replace("Modules/rotatingtree.c",
                   "        random_value *= 1082527;\n",
                   "        random_value *= 1082527U;\n")),
    Commit("Say where calendar's weekdays start",
           replace("Lib/calendar.py",
                   "# Number of days per month (except for February in leap "
                   "years)\n",
                   "# Number of days per month (except for February in leap "
                   "years);\n# the months are counted from one\n")),
    Commit("Docs: describe what filecmp calls shallow",
           doc("library/filecmp.rst",
               "see also the :mod:`difflib` module.",
               "A shallow comparison trusts the files' types, sizes and "
               "times.")),
    Commit(CANNOT_BUILD,
           replace("Modules/atexitmodule.c",
                   "    Py_DECREF(cb->func);\n",
                   "    Py_DECREF(cb->callable);\n")),
    Commit("Compare what was read at once in filecmp._do_cmp()",
           replace("Lib/filecmp.py",
                   "            b1 = fp1.read(bufsize)\n"
                   "            b2 = fp2.read(bufsize)\n"
                   "            if b1 != b2:\n",
                   "            if (b1 := fp1.read(bufsize)) != "
                   "fp2.read(bufsize):\n")),
    Commit("Warn about special builds in Misc/SpecialBuilds.txt",
           after("Misc/SpecialBuilds.txt",
                 "This file describes some special Python build types "
                 "enabled via compile-time\n"
                 "preprocessor directives.\n",
                 "None of them is meant for production.\n")),
    Commit("Docs: shorten the introduction of the sorting how-to",
           replace("Doc/howto/sorting.rst",
                   "In this document, we explore the various techniques for "
                   "sorting data using Python.\n",
                   "This document explores the techniques for sorting data "
                   "using Python.\n")),
    Commit(REPAIRS_BUILD,
           replace("Modules/atexitmodule.c",
                   "    Py_DECREF(cb->callable);\n",
                   "    Py_DECREF(cb->func);\n"),
           news=("Build", "Repair the build of :mod:`atexit`.")),
    Commit("Normalise type names in one step in reprlib",
           replace("Lib/reprlib.py",
                   "            parts = typename.split()\n"
                   "            typename = '_'.join(parts)\n",
                   "            typename = '_'.join(typename.split())\n")),
    Commit("Docs: reprlib is used by the debugger",
           doc("library/reprlib.rst",
               "debugger and may be useful in other contexts as well.",
               "Limits are counted in items and characters, not in bytes.")),
    Commit("Test reprlib with an empty string",
           after("Lib/test/test_reprlib.py",
                 "        eq(r(\"abc\"), \"'abc'\")\n",
                 "        eq(r(\"\"), \"''\")\n")),
    Commit("Reword the docstring of linecache.updatecache()",
           replace("Lib/linecache.py",
                   "    If something's wrong, print a message, discard the "
                   "cache entry,\n    and return an empty list.\"\"\"\n",
                   "    If something's wrong, discard the cache entry and "
                   "return an empty\n    list.\"\"\"\n")),
    Commit(CULPRIT,
           after("Modules/pyexpat.c",
                 "    int ns_prefixes;            /* Namespace-triplets mode? "
                 "*/\n",
                 "    int fed_bytes;              /* Was bytes-like data "
                 "parsed? */\n"),
           after("Modules/pyexpat.c",
                 "    self->ns_prefixes = 0;\n",
                 "    self->fed_bytes = 0;\n"),
           after("Modules/pyexpat.c",
                 "    new_parser->ns_prefixes = self->ns_prefixes;\n",
                 "    new_parser->fed_bytes = 0;\n"),
           replace("Modules/pyexpat.c",
                   "    if (PyUnicode_Check(data)) {\n"
                   "        view.buf = NULL;\n",
                   "    if (PyUnicode_Check(data)) {\n"
                   "        /* Expat cannot change the encoding of a document "
                   "half-way. */\n"
                   "        if (self->fed_bytes) {\n"
                   "            PyErr_SetString(PyExc_TypeError,\n"
                   "                            \"a bytes-like object is "
                   "required \"\n"
                   "                            \"once bytes were parsed, not "
                   "'str'\");\n"
                   "            return NULL;\n"
                   "        }\n"
                   "        view.buf = NULL;\n"),
           after("Modules/pyexpat.c",
                 "        s = view.buf;\n        slen = view.len;\n",
                 "        self->fed_bytes = 1;\n"),
           before("Lib/test/test_pyexpat.py",
                  "    def test_parse_file(self):\n",
                  "    def test_parse_str_after_bytes(self):\n"
                  "        parser = expat.ParserCreate()\n"
                  "        parser.Parse(b'<root>', False)\n"
                  "        with self.assertRaises(TypeError):\n"
                  "            parser.Parse('</root>', True)\n\n"),
           after("Doc/library/pyexpat.rst",
                 "   *data* can be the empty string at any time.\n",
                 "   Once a bytes-like object was parsed, *data* must not be "
                 "a :class:`str`.\n"),
           news=("Library",
                 "``xmlparser.Parse()`` of :mod:`xml.parsers.expat` raises "
                 ":exc:`TypeError`\nfor a :class:`str` that follows a "
                 "bytes-like object in the same document.\nSuch text was "
                 "decoded as UTF-8 whatever the document's encoding.")),
    Commit("Docs: simplify a sentence on linecache",
           replace("Doc/library/linecache.rst",
                   "attempting to optimize internally, using a cache, the "
                   "common case where many\n",
                   "optimizing internally, with a cache, the common case "
                   "where many\n")),
    Commit("Drop an answered question from rangeobject.c",
           replace("Objects/rangeobject.c",
                   "/* XXX(nnorwitz): should we error check if the user "
                   "passes any empty ranges?\n",
                   "/* Empty ranges are not an error:\n"),
           news=("Core and Builtins",
                 "Settle a question in the source of :class:`range`.")),
    Commit("Docs: clarify who the functional how-to is for",
           replace("Doc/howto/functional.rst",
                   "This section explains the basic concept of functional "
                   "programming; if\n",
                   "This section explains what functional programming is; "
                   "if\n")),
    Commit("Use an assignment expression in copy.copy()",
           replace("Lib/copy.py",
                   "    cls = type(x)\n\n"
                   "    copier = _copy_dispatch.get(cls)\n"
                   "    if copier:\n"
                   "        return copier(x)\n",
                   "    cls = type(x)\n\n"
                   "    if copier := _copy_dispatch.get(cls):\n"
                   "        return copier(x)\n")),
    Commit("Rename a word in a comment of _randommodule.c",
           replace("Modules/_randommodule.c",
                   "/* Period parameters -- These are all magic.  Don't "
                   "change. */\n",
                   "/* Period constants -- These are all magic.  Don't "
                   "change. */\n")),
    Commit("Docs: tell shallow from deep in the copy module",
           doc("library/copy.rst",
               "operations (explained below).",
               "The two differ for objects that contain other objects only.")
           ),
    Commit("Test that a scheduler with an event is not empty",
           before("Lib/test/test_sched.py",
                  "    def test_enterabs(self):\n",
                  "    def test_enter_is_not_empty(self):\n"
                  "        scheduler = sched.scheduler(time.time, "
                  "time.sleep)\n"
                  "        scheduler.enter(10, 1, print)\n"
                  "        self.assertFalse(scheduler.empty())\n\n")),
    Commit("Describe the weak proxies of expatreader",
           replace("Lib/xml/sax/expatreader.py",
                   "# If we're using a sufficiently recent version of Python, "
                   "we can use\n"
                   "# weak references to avoid cycles between the parser and "
                   "content\n"
                   "# handler, otherwise we'll just have to pretend.\n",
                   "# Weak references avoid cycles between the parser and the "
                   "content\n"
                   "# handler, where there are weak references.\n")),
    Commit("Docs: say what the glossary's prompt stands for",
           replace("Doc/glossary.rst",
                   "      The default Python prompt of the interactive shell."
                   "  Often seen for code\n",
                   "      The primary prompt of the interactive shell.  Often "
                   "seen for code\n")),
    Commit("Return what was created in _contextvars.copy_context()",
           replace("Modules/_contextvarsmodule.c",
                   "    return PyContext_CopyCurrent();\n",
                   "    PyObject *context = PyContext_CopyCurrent();\n"
                   "    return context;\n")),
    Commit("Docs: reorder the list of editors in the programming FAQ",
           replace("Doc/faq/programming.rst",
                   "There are a number of commercial Python IDEs that include "
                   "graphical debuggers.\n",
                   "Several commercial Python IDEs include graphical "
                   "debuggers.\n")),
    Commit("Correct a plural in heapq's docstring",
           replace("Lib/heapq.py",
                   "If this heap invariant is protected at all time, index 0 "
                   "is clearly\n",
                   "If this heap invariant is protected at all times, index 0 "
                   "is clearly\n")),
    Commit("Describe the string comparison functions in their header",
           replace("Include/pystrcmp.h",
                   "PyAPI_FUNC(int) PyOS_mystricmp(const char *, "
                   "const char *);\n",
                   "PyAPI_FUNC(int) PyOS_mystricmp(const char *, "
                   "const char *); // to the end\n"),
           news=("C API", "Describe ``PyOS_mystricmp()`` in its header.")),
    Commit("Docs: shorten the introduction of the stat module",
           replace("Doc/library/stat.rst",
                   "results of :func:`os.stat`, :func:`os.fstat` and "
                   ":func:`os.lstat` (if they\nexist).",
                   "results of :func:`os.stat`, :func:`os.fstat` and "
                   ":func:`os.lstat`.")),
    Commit("Test heapify() with an int",
           after("Lib/test/test_heapq.py",
                 "        self.assertRaises(TypeError, self.module.heapify, "
                 "None)\n",
                 "        self.assertRaises(TypeError, self.module.heapify, "
                 "5)\n")),
    Commit("State the cost of an insertion in Lib/bisect.py",
           replace("Lib/bisect.py",
                   '"""Bisection algorithms."""\n',
                   '"""Bisection algorithms.\n\n'
                   "A search is O(log n), an insertion O(n).\n"
                   '"""\n')),
    Commit("Docs: build instructions are for every distribution",
           replace("Doc/using/unix.rst",
                   "Python comes preinstalled on most Linux distributions, "
                   "and is available as a\npackage on all others.",
                   "Python comes preinstalled on most Linux distributions and "
                   "is available as a\npackage on all others.")),
    Commit("Add braces to PyOS_mystrnicmp()",
           replace("Python/pystrcmp.c",
                   "    if (size == 0)\n        return 0;\n",
                   "    if (size == 0) {\n        return 0;\n    }\n")),
    Commit("Docs: booleans of the C API are singletons",
           after("Doc/c-api/bool.rst",
                 "   Return true if *o* is of type :c:data:`PyBool_Type`.  "
                 "This function always\n   succeeds.\n",
                 "   Subclasses of :class:`bool` do not exist.\n")),
    Commit("Describe string.printable in the module's docstring",
           replace("Lib/string.py",
                   "printable -- a string containing all ASCII characters "
                   "considered printable\n",
                   "printable -- a string containing all ASCII characters "
                   "considered printable,\n"
                   "             white space included\n")),
    Commit("Test textwrap with an empty indentation",
           after("Lib/test/test_textwrap.py",
                 '        self.check_wrap("", 6, [], initial_indent="++")\n',
                 '        self.check_wrap("", 6, [], initial_indent="")\n')),
    Commit("Docs: fewer words on binary fractions",
           replace("Doc/tutorial/floatingpoint.rst",
                   "and the second in base 2.\n",
                   "the second in base 2.\n")),
    Commit("Return early in difflib._calculate_ratio()",
           replace("Lib/difflib.py",
                   "    if length:\n"
                   "        return 2.0 * matches / length\n"
                   "    return 1.0\n",
                   "    if not length:\n"
                   "        return 1.0\n"
                   "    return 2.0 * matches / length\n")),
    Commit("Add another contributor to Misc/ACKS",
           after("Misc/ACKS", "Kai Zhu\n", "Zoe Zimmer\n")),
    Commit("Initialise the cell where it is declared",
           replace("Objects/cellobject.c",
                   "    PyCellObject *op;\n\n"
                   "    op = (PyCellObject *)PyObject_GC_New(PyCellObject, "
                   "&PyCell_Type);\n",
                   "    PyCellObject *op =\n"
                   "        (PyCellObject *)PyObject_GC_New(PyCellObject, "
                   "&PyCell_Type);\n")),
    Commit("Write tabnanny's errors with one call",
           replace("Lib/tabnanny.py",
                   "    sep = \"\"\n"
                   "    for arg in args:\n"
                   "        sys.stderr.write(sep + str(arg))\n"
                   "        sep = \" \"\n"
                   "    sys.stderr.write(\"\\n\")\n",
                   "    sys.stderr.write(\" \".join(map(str, args)) + "
                   "\"\\n\")\n")),
    Commit("Docs: drop a superfluous space from the tutorial",
           replace("Doc/tutorial/whatnow.rst",
                   "This tutorial is part of Python's documentation set.   "
                   "Some other documents in\n",
                   "This tutorial is part of Python's documentation set.  "
                   "Some other documents in\n")),
]
