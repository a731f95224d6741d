/* A recipe: it loads, or all that is wrong with it is told. */
#include <assert.h>
#include <stdlib.h>

#include "fuzz/place.h"
#include "pybisect/alloc.h"
#include "pybisect/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PB_AUTOFREE char *path = fuzz_put("pybisect.yml", data, size);
    PB_AUTO(pb_recipe) struct pb_recipe recipe = {.name = NULL};
    PB_AUTO(pb_problems) struct pb_problems problems = PB_PROBLEMS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_recipe_load(path, &recipe, &problems, &err) < 0) {
        assert(err.code != PB_ERROR_NONE && recipe.name == NULL);
        return 0;
    }
    assert(problems.len == 0);
    assert(recipe.name != NULL && recipe.test.command != NULL);
    const struct pb_recipe_facts facts = {.python = "3.13", .ref = "v2.7.1"};
    pb_recipe_settle(&recipe, &facts);
    assert(recipe.ncases == 0);
    (void)pb_recipe_knows_failure(&recipe, "a.B.c");
    return 0;
}
