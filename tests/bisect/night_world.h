/* Nights over a made-up history: heads are places, a project's tests have a
   letter a place, as in world.h:

       .  passes     F  fails     E  fails otherwise     S  skipped
       -  not there  ~  fails in the first run only
*/
#ifndef BISECT_NIGHT_WORLD_H
#define BISECT_NIGHT_WORLD_H

#include "base/scratch.h"

#include "pybisect/night.h"

struct made_test {
    const char *project;
    const char *id;
    const char *letters;
};

struct fake {
    const char *directory;
    const struct made_test *tests;
    size_t ntests;
    struct pb_strv projects;
    struct pb_journal *journal;
    struct pb_night *night;
    struct pb_night_machine machine;
    const char *known; /* the test that may fail; NULL: none */
    bool sick;         /* all tests fail, wherever */
    bool unreachable;  /* no project can be run */
    double seconds;    /* passed by now */
    double a_run;      /* seconds */
    int64_t leap;      /* of the clock, seconds */
    uint64_t free_bytes;
    double budget;
    bool hopeless;              /* no bisection is finished in time */
    enum pb_error_code trouble; /* that each bisection ends with */
    size_t runs;
    struct pb_buf log; /* "look a; hunt a 0..2: f1; " */
};

void fake_init(struct fake *fake, const char *directory,
               const struct made_test *tests, size_t ntests);
void fake_clear(struct fake *fake);
PB_DEFINE_AUTO_CLEAR(fake, struct fake, fake_clear)

#define FAKE(name, tests)                                                     \
    PB_AUTO(fake) struct fake name = {.log = PB_BUF_INIT};                    \
    fake_init(&name, *state, tests, PB_LENGTH(tests))

/* A night at this head begins, or goes on. */
void open_night(struct fake *fake, size_t head);
/* As a kill would, too. */
void close_night(struct fake *fake);
/* At most so many steps; true: finished. */
bool steps(struct fake *fake, size_t most);
void spend_night(struct fake *fake, size_t head);
void expect_log(struct fake *fake, const char *wanted);
struct pb_json *record_of(struct fake *fake);
/* "f1 a found 2 fixed 4; f2 ...": id, project, status, culprit's place. */
void expect_failures(struct fake *fake, const char *wanted);
/* "found 2 (f1 f3); fixed 2 ...; sick 4; " */
void expect_told(struct fake *fake, const char *wanted);
void expect_state(struct fake *fake, const char *state, const char *why);

#endif
