/* JSON, and what the journal keeps as such. What was read and is written
   reads the same again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pybisect/alloc.h"
#include "pybisect/bisection.h"
#include "pybisect/costs.h"
#include "pybisect/dependencies.h"
#include "pybisect/plan.h"
#include "pybisect/results.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CANDIDATES 5

static void
check_writing(const struct pb_json *json)
{
    PB_AUTO(pb_buf) struct pb_buf once = PB_BUF_INIT;
    PB_AUTO(pb_buf) struct pb_buf twice = PB_BUF_INIT;
    struct pb_error err = PB_ERROR_INIT;
    pb_json_write(json, false, &once);
    PB_AUTO(pb_json)
    struct pb_json *again = pb_json_parse(once.data, once.len, "again", &err);
    assert(again != NULL);
    pb_json_write(again, false, &twice);
    assert(once.len == twice.len &&
           memcmp(once.data, twice.data, once.len) == 0);
}

static void
read_results(const struct pb_json *json)
{
    PB_AUTO(pb_results) struct pb_results results = PB_RESULTS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_results_from_json(json, &results, &err) < 0) {
        assert(err.code == PB_ERROR_CORRUPT);
        return;
    }
    PB_AUTO(pb_json) struct pb_json *kept = pb_results_to_json(&results);
    check_writing(kept);
}

static void
read_pins(const struct pb_json *json)
{
    PB_AUTO(pb_pins) struct pb_pins pins = PB_PINS_INIT;
    struct pb_error err = PB_ERROR_INIT;
    if (pb_pins_from_json(json, &pins, &err) < 0) {
        assert(err.code == PB_ERROR_CORRUPT && pins.len == 0);
        return;
    }
    for (size_t i = 0; i < pins.len; i++) {
        for (size_t k = 0; k < pins.items[i].ntools; k++) {
            assert(pins.items[i].tools[k] < i);
        }
    }
    (void)pb_pins_digest(&pins);
}

static void
read_plan(const struct pb_json *json)
{
    PB_AUTO(pb_plan) struct pb_plan plan = {.project = NULL};
    struct pb_error err = PB_ERROR_INIT;
    if (pb_plan_from_json(json, &plan, &err) == 0) {
        PB_AUTOFREE char *title = pb_plan_title(&plan);
        assert(strstr(title, "..") != NULL);
        (void)pb_plan_phase(&plan);
    }
}

static void
read_search(const struct pb_json *json)
{
    struct pb_why why;
    PB_AUTO(pb_costs) struct pb_costs costs = PB_COSTS_INIT;
    pb_why_from_json(json, &why);
    pb_why_clear(&why);
    pb_costs_from_json(json, CANDIDATES, &costs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pb_error err = PB_ERROR_INIT;
    PB_AUTO(pb_json)
    struct pb_json *json =
        pb_json_parse((const char *)data, size, "input", &err);
    if (json == NULL) {
        assert(err.code != PB_ERROR_NONE);
        return 0;
    }
    check_writing(json);
    read_results(json);
    read_pins(json);
    read_plan(json);
    read_search(json);
    return 0;
}
