/* A CPython that builds in a moment: configure copies a template, the
   compiler is cat, and the interpreter a shell script that prints what its
   sources say. What was run is written beside the source tree:

     configured   a line for each run of configure and of config.status
     compiled     the name of each source that was compiled

   A source that holds one of these words behaves accordingly: broken (does
   not compile), full (the disk is), slow (waits until a file "fast" is beside
   the tree, having written make's process id to "slow"). Where there is a
   file "noinstall" it cannot be installed. */
#ifndef PYBISECT_TESTS_BUILD_FAKE_CPYTHON_H
#define PYBISECT_TESTS_BUILD_FAKE_CPYTHON_H

#include "support/repo_builder.h"

static const char fake_configure[] =
    "#!/bin/sh\n"
    "echo run >> ../configured\n"
    "echo \"#!/bin/sh\n"
    "# made in $(pwd)\n"
    "echo status >> ../configured\n"
    "{ echo 'OPT = $OPT'; cat Makefile.pre.in; } > Makefile.pre\n"
    "echo '#define HAVE_FORK 1' > pyconfig.h\" > config.status\n"
    "sh ./config.status\n"
    "cp Makefile.pre Makefile\n";

/* link -o python OBJECT... */
static const char fake_link[] = "#!/bin/sh\n"
                                "shift 2\n"
                                "cat \"$@\" > python\n"
                                "chmod +x python\n";

static const char fake_makefile[] =
    "OBJECTS = Objects/a.o Objects/b.o\n"
    "all: python sharedmods\n"
    "Makefile: Makefile.pre\n"
    "\tcp Makefile.pre Makefile\n"
    "python: $(OBJECTS)\n"
    "\tsh ./link -o python $(OBJECTS)\n"
    ".SUFFIXES: .c .o\n"
    ".c.o:\n"
    "\t@echo \"cc $(OPT) -c $<\"\n"
    "\t@echo $< >> ../compiled\n"
    "\t@if grep -q broken $<; then echo \"$<:7: error: no\"; exit 1; fi\n"
    "\t@if grep -q full $<; then echo 'No space left on device'; exit 1; fi\n"
    "\t@if grep -q slow $<; then printf 'hal' > $@; "
    "echo $$PPID > ../slow.new; mv ../slow.new ../slow; "
    "while ! test -e ../fast; do sleep 0.05; done; fi\n"
    "\t@cat $< $$(sed -n 's/^#include \"\\(.*\\)\"/Objects\\/\\1/p' $<) > $@\n"
    "Objects/a.o: Include/Python.h\n"
    "install: python\n"
    "\t@if test -e noinstall; then "
    "echo 'error: no room for mod.so'; exit 1; fi\n"
    "\tmkdir -p $(DESTDIR)/bin\n"
    "\tcp python $(DESTDIR)/bin\n"
    "sharedmods: python\n"
    "\tmkdir -p build/lib.fake\n"
    "\techo module > build/lib.fake/mod.so\n"
    "\tprintf build/lib.fake > pybuilddir.txt\n";

static const char fake_eras[] = "eras:\n"
                                "  - name: fake\n"
                                "    environment:\n"
                                "      OPT: -O1\n"
                                "    targets: [python, sharedmods]\n";

/* The files of a first commit; the caller has started it. */
static inline void
fake_first_files(struct repo_builder *builder)
{
    repo_program(builder, "configure", fake_configure);
    repo_program(builder, "link", fake_link);
    repo_file(builder, "Makefile.pre.in", fake_makefile);
    repo_file(builder, "Objects/a.c", "#!/bin/sh\necho a1\n");
    repo_file(builder, "Objects/b.c", "echo b1\n#include \"b_impl.h\"\n");
    repo_file(builder, "Objects/b_impl.h", "echo impl1\n");
    repo_file(builder, "Include/Python.h", "/* 1 */\n");
    repo_file(builder, "Lib/shutil.py", "one");
    repo_file(builder, "Doc/index.rst", "documentation");
}

#endif
