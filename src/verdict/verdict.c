/* One revision judged for one failure.

   What the test does at the revision is compared with what it does at the
   two ends. Like the bad end is BAD, like the good end GOOD. Of a test that
   came to fail, passing is good too, also where the good end did not have it
   or skipped it: whatever breaks it has not happened yet. But a test that
   passed at the good end and here is skipped or gone tells nothing about the
   failure, and neither does one that fails in another way: that is OTHER,
   and guessing either way would name a wrong commit. */
#include <string.h>

#include "pybisect/verdict.h"

const char *
pb_verdict_name(enum pb_verdict verdict)
{
    switch (verdict) {
    case PB_VERDICT_NONE:
        return "none";
    case PB_VERDICT_GOOD:
        return "good";
    case PB_VERDICT_BAD:
        return "bad";
    case PB_VERDICT_OTHER:
        return "other";
    case PB_VERDICT_SKIP:
        return "skip";
    }
    return "unknown";
}

/* Of a test that fails at the bad end: is this outcome, which is that of
   neither end, good? */
static bool
not_broken_yet(const struct pb_regression *regression, enum pb_outcome outcome)
{
    switch (outcome) {
    case PB_OUTCOME_PASS:
    case PB_OUTCOME_XFAIL:
        return true;
    case PB_OUTCOME_SKIP:
        return strcmp(regression->good_signature, "pass") != 0;
    default:
        return false;
    }
}

enum pb_verdict
pb_verdict_of(const struct pb_regression *regression,
              const struct pb_result *result)
{
    PB_AUTOFREE char *signature = pb_signature_of(result);
    if (strcmp(signature, regression->bad_signature) == 0) {
        return PB_VERDICT_BAD;
    }
    if (strcmp(signature, regression->good_signature) == 0) {
        return PB_VERDICT_GOOD;
    }
    bool fails = regression->kind == PB_CHANGE_FAILING ||
                 regression->kind == PB_CHANGE_DIFFERENT;
    if (fails && result != NULL && not_broken_yet(regression, result->outcome))
    {
        return PB_VERDICT_GOOD;
    }
    return PB_VERDICT_OTHER;
}
