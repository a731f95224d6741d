/* Which paths count for what, over all eras from 2.6 on.

   The first rule that matches decides. Only what is known to be invisible to
   a downstream project is ignored, so that a path nobody thought of counts;
   of the library, only what the build reads itself counts for the build. */
#include "roles_table.h"

#include "pybisect/alloc.h"

#define IGNORE(text)                                                          \
    {                                                                         \
        .pattern = (text), .role = PB_PATH_IGNORED                            \
    }
#define TESTS(text)                                                           \
    {                                                                         \
        .pattern = (text), .role = PB_PATH_IGNORED, .tests = true             \
    }
#define BUILD(text)                                                           \
    {                                                                         \
        .pattern = (text), .role = PB_PATH_BUILD                              \
    }
#define BEHAVIOUR(text)                                                       \
    {                                                                         \
        .pattern = (text), .role = PB_PATH_BEHAVIOUR                          \
    }

const struct pb_role_rule pb_role_rules[] = {
    /* Documents, and what steers CI and editors. Files with a dot in front
       lie at the top only for those. */
    IGNORE(".*"),
    IGNORE(".*/"),
    IGNORE("*.rst"),
    IGNORE("*.md"),
    IGNORE("README"),
    IGNORE("LICENSE"),
    IGNORE("netlify.toml"),
    IGNORE("Demo/"),
    IGNORE("Doc/"),
    IGNORE("InternalDocs/"),
    IGNORE("Objects/*.md"),
    IGNORE("Objects/*.txt"),
    IGNORE("Python/*.md"),
    IGNORE("Modules/README"),

    /* Misc: configure reads platform_triplet.c and the *.in files, so only
       what is known to be of no use to the build is left out. */
    IGNORE("Misc/NEWS"),
    IGNORE("Misc/NEWS.d/"),
    IGNORE("Misc/*.el"),
    IGNORE("Misc/*.json"),
    IGNORE("Misc/*.man"),
    IGNORE("Misc/*.py"),
    IGNORE("Misc/*.rst"),
    IGNORE("Misc/*.supp"),
    IGNORE("Misc/*.toml"),
    IGNORE("Misc/*.txt"),
    IGNORE("Misc/*.wpr"),
    IGNORE("Misc/*-NOTES"),
    IGNORE("Misc/ACKS"),
    IGNORE("Misc/HISTORY"),
    IGNORE("Misc/Porting"),
    IGNORE("Misc/README*"),
    IGNORE("Misc/RPM/"),
    IGNORE("Misc/TextMate/"),
    IGNORE("Misc/Vim/"),
    IGNORE("Misc/build.sh"),
    IGNORE("Misc/cheatsheet"),
    IGNORE("Misc/coverity_model.c"),
    IGNORE("Misc/gdbinit"),
    IGNORE("Misc/indent.pro"),
    IGNORE("Misc/mypy/"),
    IGNORE("Misc/rhel7/"),
    IGNORE("Misc/vgrindefs"),
    IGNORE("Misc/vimrc"),

    /* Other platforms. */
    IGNORE("Android/"),
    IGNORE("Apple/"),
    IGNORE("BeOS/"),
    IGNORE("Mac/"),
    IGNORE("PC/"),
    IGNORE("PCbuild/"),
    IGNORE("PCbuild8/"),
    IGNORE("PCbuild9/"),
    IGNORE("Platforms/"),
    IGNORE("RISCOS/"),
    IGNORE("iOS/"),
    IGNORE("Lib/plat-mac/"),
    IGNORE("Modules/_ctypes/darwin/"),
    IGNORE("Modules/_ctypes/libffi_arm_wince/"),
    IGNORE("Modules/_ctypes/libffi_msvc/"),
    IGNORE("Modules/_ctypes/libffi_osx/"),
    IGNORE("Modules/_io/clinic/winconsoleio.c.h"),
    IGNORE("Modules/_io/winconsoleio.c"),
    IGNORE("Modules/_multiprocessing/win32_functions.c"),
    IGNORE("Modules/_scproxy.c"),
    IGNORE("Modules/_winapi.c"),
    IGNORE("Modules/clinic/_winapi.c.h"),
    IGNORE("Modules/clinic/overlapped.c.h"),
    IGNORE("Modules/overlapped.c"),
    IGNORE("Modules/winreparse.h"),
    IGNORE("Python/dynload_aix.c"),
    IGNORE("Python/dynload_atheos.c"),
    IGNORE("Python/dynload_beos.c"),
    IGNORE("Python/dynload_mac.c"),
    IGNORE("Python/dynload_next.c"),
    IGNORE("Python/dynload_os2.c"),
    IGNORE("Python/dynload_win.c"),
    IGNORE("Python/thread_nt.h"),
    IGNORE("Python/thread_os2.h"),

    /* CPython's own tests, with the extension modules that only they load.
       test.support loads some of those too, so they count when it does. */
    TESTS("Lib/test/"),
    TESTS("Lib/bsddb/test/"),
    TESTS("Lib/ctypes/test/"),
    TESTS("Lib/distutils/tests/"),
    TESTS("Lib/email/test/"),
    TESTS("Lib/importlib/test/"),
    TESTS("Lib/json/tests/"),
    TESTS("Lib/lib2to3/tests/"),
    TESTS("Lib/packaging/tests/"),
    TESTS("Lib/sqlite3/test/"),
    TESTS("Lib/tkinter/test/"),
    TESTS("Lib/unittest/test/"),
    TESTS("Modules/_ctypes/_ctypes_test.c"),
    TESTS("Modules/_ctypes/_ctypes_test.h"),
    TESTS("Modules/_ctypes/_ctypes_test_generated.c.h"),
    TESTS("Modules/_decimal/tests/"),
    TESTS("Modules/_test*"),
    TESTS("Modules/_test*/"),
    TESTS("Modules/_xxtestfuzz/"),
    TESTS("Modules/clinic/_test*"),
    TESTS("Modules/testcapi_long.h"),
    TESTS("Modules/xxlimited*.c"),
    TESTS("Programs/_testembed.c"),
    TESTS("Programs/freeze_test_frozenmain.py"),
    TESTS("Programs/test_frozenmain.*"),

    /* Applications in the standard library that nothing else imports. */
    IGNORE("Lib/idlelib/"),
    IGNORE("Lib/turtledemo/"),

    /* Tools: what make runs counts (all of Tools/build but the checks, some
       of Tools/scripts before 3.12, Tools/jit), and so does a directory
       that is not listed here. Generators whose output is committed are no
       part of an ordinary build. */
    IGNORE("Tools/README"),
    IGNORE("Tools/requirements*.txt"),
    IGNORE("Tools/audiopy/"),
    IGNORE("Tools/bgen/"),
    IGNORE("Tools/buildbot/"),
    IGNORE("Tools/c-analyzer/"),
    IGNORE("Tools/c-globals/"),
    IGNORE("Tools/cases_generator/"),
    IGNORE("Tools/ccbench/"),
    IGNORE("Tools/check-c-api-docs/"),
    IGNORE("Tools/clinic/"),
    IGNORE("Tools/compiler/"),
    IGNORE("Tools/demo/"),
    IGNORE("Tools/faqwiz/"),
    IGNORE("Tools/framer/"),
    BUILD("Tools/freeze/flag.py"), /* frozen, for a test */
    IGNORE("Tools/freeze/"),
    IGNORE("Tools/ftscalingbench/"),
    IGNORE("Tools/gdb/"),
    IGNORE("Tools/hg/"),
    IGNORE("Tools/i18n/"),
    IGNORE("Tools/idle/"),
    IGNORE("Tools/importbench/"),
    IGNORE("Tools/inspection/"),
    IGNORE("Tools/iobench/"),
    IGNORE("Tools/lockbench/"),
    IGNORE("Tools/modulator/"),
    IGNORE("Tools/msi/"),
    IGNORE("Tools/nuget/"),
    IGNORE("Tools/parser/"),
    IGNORE("Tools/patchcheck/"),
    IGNORE("Tools/peg_generator/"),
    IGNORE("Tools/picklebench/"),
    IGNORE("Tools/pixi-packages/"),
    IGNORE("Tools/pybench/"),
    IGNORE("Tools/pynche/"),
    IGNORE("Tools/ssl/"),
    IGNORE("Tools/stringbench/"),
    IGNORE("Tools/test2to3/"),
    IGNORE("Tools/tsan/"),
    IGNORE("Tools/tz/"),
    IGNORE("Tools/ubsan/"),
    IGNORE("Tools/unicode/"),
    IGNORE("Tools/unittestgui/"),
    IGNORE("Tools/versioncheck/"),
    IGNORE("Tools/wasm/"),
    IGNORE("Tools/webchecker/"),
    IGNORE("Tools/world/"),
    IGNORE("Tools/build/.*"),
    IGNORE("Tools/build/check_capi_macros*"),
    IGNORE("Tools/build/check_warnings.py"),
    IGNORE("Tools/build/compute-changes.py"),
    IGNORE("Tools/build/generate_levenshtein_examples.py"),
    IGNORE("Tools/build/generate_sbom.py"),
    IGNORE("Tools/build/mypy.ini"),
    IGNORE("Tools/build/parse_html5_entities.py"),
    IGNORE("Tools/build/regen-configure.sh"),
    IGNORE("Tools/build/smelly.py"),
    IGNORE("Tools/build/stable_abi.py"),
    IGNORE("Tools/build/verify_*.py"),
    BUILD("Tools/scripts/2to3"),
    BUILD("Tools/scripts/check_extension_modules.py"),
    BUILD("Tools/scripts/deepfreeze.py"),
    BUILD("Tools/scripts/freeze_modules.py"),
    BUILD("Tools/scripts/generate_*.py"),
    BUILD("Tools/scripts/pydoc"),
    BUILD("Tools/scripts/pydoc3"),
    BUILD("Tools/scripts/pysetup3"),
    BUILD("Tools/scripts/pyvenv"),
    BUILD("Tools/scripts/umarshal.py"),
    BUILD("Tools/scripts/update_file.py"),
    IGNORE("Tools/scripts/"),

    /* Library files that the build reads: frozen into the binary (3.3 on),
       turned into a table of the interpreter, or in charge of how extension
       modules are compiled (setup.py with distutils, up to 3.11). */
    BUILD("Lib/__hello__.py"),
    BUILD("Lib/__phello__.foo.py"),
    BUILD("Lib/__phello__/"),
    BUILD("Lib/_bootsubprocess.py"),
    BUILD("Lib/_collections_abc.py"),
    BUILD("Lib/_sitebuiltins.py"),
    BUILD("Lib/abc.py"),
    BUILD("Lib/codecs.py"),
    BUILD("Lib/distutils/"),
    BUILD("Lib/genericpath.py"),
    BUILD("Lib/importlib/_bootstrap.py"),
    BUILD("Lib/importlib/_bootstrap_external.py"),
    BUILD("Lib/importlib/machinery.py"),
    BUILD("Lib/importlib/util.py"),
    BUILD("Lib/io.py"),
    BUILD("Lib/ntpath.py"),
    BUILD("Lib/opcode.py"),
    BUILD("Lib/os.py"),
    BUILD("Lib/posixpath.py"),
    BUILD("Lib/runpy.py"),
    BUILD("Lib/site.py"),
    BUILD("Lib/stat.py"),
    BUILD("Lib/sysconfig.cfg"),
    BUILD("Lib/sysconfig.py"),
    BUILD("Lib/sysconfig/"),
    BUILD("Lib/zipimport.py"),
    BEHAVIOUR("Lib/"),

    BUILD(""),
};

const size_t pb_role_rules_count = PB_LENGTH(pb_role_rules);
