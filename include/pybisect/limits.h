/* Named ceilings for every input. */
#ifndef PYBISECT_LIMITS_H
#define PYBISECT_LIMITS_H

#define PB_LIMIT_RECIPE_BYTES (1024 * 1024)
#define PB_LIMIT_YAML_DEPTH 32
#define PB_LIMIT_YAML_NODES 100000
#define PB_LIMIT_JSON_BYTES (256 * 1024 * 1024)
#define PB_LIMIT_LOG_BYTES (64 * 1024 * 1024) /* a step's captured output */
#define PB_LIMIT_LOG_TAIL (64 * 1024)         /* what a verdict looks at */
#define PB_LIMIT_REPORT_BYTES                                                 \
    (256 * 1024 * 1024) /* JUnit, reporter events                             \
                         */
#define PB_LIMIT_LINE_BYTES (1024 * 1024)
#define PB_LIMIT_EVENT_BYTES (4 * 1024 * 1024) /* a line of reporter.py */
#define PB_LIMIT_XML_DEPTH 100
#define PB_LIMIT_XML_TOKEN (16 * 1024 * 1024) /* a tag with its attributes */
#define PB_LIMIT_TESTS 1000000                /* results of one trial */
#define PB_LIMIT_RUNNING 256                  /* tests under way at once */
#define PB_LIMIT_TEST_ID_BYTES 1024 /* longer ids are cut and hashed */
#define PB_LIMIT_MESSAGE_BYTES 8192
#define PB_LIMIT_TRACE_BYTES 65536
#define PB_LIMIT_BLOB_BYTES (64 * 1024 * 1024)
#define PB_LIMIT_TREE_ENTRIES 500000 /* files and directories of a commit */
#define PB_LIMIT_TREE_PATH 4096
#define PB_LIMIT_EXPORT_BYTES (4ULL * 1024 * 1024 * 1024) /* of a project */
#define PB_LIMIT_CAPTURE_BYTES (1024 * 1024)
#define PB_LIMIT_REGEX_MATCH 1000000
#define PB_LIMIT_REGEX_DEPTH 10000
#define PB_LIMIT_REGEX_HEAP (64 * 1024) /* KB, of one match */
#define PB_LIMIT_COMMITS 2000000        /* a range */
#define PB_LIMIT_RULES 1000             /* for classes, of one file */
#define PB_LIMIT_PATTERNS 4000          /* in those of one file */
#define PB_LIMIT_PATTERN_BYTES 4096
#define PB_LIMIT_EVIDENCE_BYTES 240 /* of what a rule matched */

/* What is looked at of one commit's changes, to tie it to a failure. */
#define PB_LIMIT_TOUCHED_FILES 2000
#define PB_LIMIT_TOUCHED_BYTES (16 * 1024 * 1024) /* of all files */
#define PB_LIMIT_TOUCHED_BLOB (2 * 1024 * 1024)   /* of one */
#define PB_LIMIT_TOUCHED_NAMES 2000               /* of one file, by kind */

/* An archive that a dependency comes in. */
#define PB_LIMIT_ARCHIVE_FILES 50000 /* and directories */
#define PB_LIMIT_ARCHIVE_NAME 4096
#define PB_LIMIT_ARCHIVE_BYTES (1024ULL * 1024 * 1024) /* unpacked */
#define PB_LIMIT_METADATA_BYTES (4 * 1024 * 1024) /* of one distribution */
#define PB_LIMIT_REQUIREMENTS 2000                /* likewise */
#define PB_LIMIT_DISTRIBUTIONS 500 /* of one project, with build tools */
#define PB_LIMIT_BUILD_TOOLS 4     /* tools that are built with tools ... */

/* The store: what it keeps, and so what it believes of a file it reads. */
#define PB_LIMIT_STORE_FILES 20000                     /* of one build */
#define PB_LIMIT_STORE_BUILD_BYTES (512 * 1024 * 1024) /* its contents */
#define PB_LIMIT_STORE_DECODED (1536ULL * 1024 * 1024) /* for one build */
#define PB_LIMIT_STORE_BUILDS 4096                     /* in one pack */
#define PB_LIMIT_STORE_RECORDS 1000000                 /* likewise */
#define PB_LIMIT_STORE_TABLES (512 * 1024 * 1024) /* of one pack, in RAM */
#define PB_LIMIT_STORE_RECORD (768ULL * 1024 * 1024)
#define PB_LIMIT_STORE_META (16 * 1024 * 1024) /* a build's table of files */
#define PB_LIMIT_STORE_LOG (128 * 1024 * 1024)
#define PB_LIMIT_STORE_PATH 4096
#define PB_LIMIT_STORE_TEXT 65536 /* label, summary */
#define PB_LIMIT_STORE_ABOUT (1024 * 1024)
#define PB_LIMIT_STORE_INDEX (64 * 1024 * 1024)
#define PB_LIMIT_STORE_EXPORT (16ULL * 1024 * 1024 * 1024)

#endif
