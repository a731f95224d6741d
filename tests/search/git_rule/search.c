/* What to do next: the verdicts' suspects, then git's choice among them.

   Without skips the choice follows from the graph alone, and candidate order
   stands for the order in which git lists commits (by date). With skips git
   breaks ties by object id, which `rank` can stand for. The choice is
   copied exactly rather than improved: a rule that is better on average
   takes more steps than git on some history. */
#include "search/git_rule/git_rule.h"

#include "pybisect/alloc.h"
#include "search/git_rule/rule.h"

static bool
any_skipped(const struct pb_search_space *space,
            const enum git_verdict *verdicts)
{
    for (size_t i = 0; i + 1 < space->len; i++) {
        if (verdicts[i] == GIT_SKIP) {
            return true;
        }
    }
    return false;
}

/* Between 2^n and 2^(n + 1) suspects, some culprits take n tests and the
   others n + 1; this is the likelier one, as git estimates it. */
static size_t
expected_steps(size_t suspects)
{
    size_t steps = 0;
    while (suspects >> (steps + 1) != 0) {
        steps++;
    }
    size_t power = (size_t)1 << steps;
    return power < 3 * (suspects - power) ? steps + 1 : steps;
}

static size_t
choose(const struct pb_search_space *space, const size_t *rank,
       const enum git_verdict *verdicts, const bool *member, size_t count)
{
    PB_AUTO(git_suspects) struct git_suspects suspects = {.list = NULL};
    git_suspects_init(&suspects, space, member, count);
    suspects.rank = rank;
    if (!any_skipped(space, verdicts)) {
        return git_halve_choose(&suspects);
    }
    git_halve_weigh(&suspects);
    return git_skips_choose(&suspects, verdicts);
}

static size_t
last_member(const bool *member, size_t len)
{
    while (!member[len - 1]) {
        len--;
    }
    return len - 1;
}

void
git_rule_next(const struct pb_search_space *space, const size_t *rank,
              const enum git_verdict *verdicts, struct git_choice *out)
{
    PB_AUTOFREE bool *member = pb_alloc_array(space->len, sizeof(*member));
    size_t count = git_rule_suspects(space, verdicts, member);
    *out = (struct git_choice){.suspects = count};
    if (count == 1) {
        out->action = GIT_FOUND;
        out->candidate = last_member(member, space->len);
        return;
    }
    size_t candidate = choose(space, rank, verdicts, member, count);
    if (candidate == GIT_NONE) {
        out->action = GIT_SUSPECTS;
        out->candidate = last_member(member, space->len);
        return;
    }
    out->action = GIT_TEST;
    out->candidate = candidate;
    out->steps = expected_steps(count);
}
