/* Time. Durations are seconds in double; instants are UTC Unix seconds. */
#ifndef PYBISECT_CLOCK_H
#define PYBISECT_CLOCK_H

#include <stddef.h>
#include <stdint.h>

double pb_clock_monotonic(void); /* for differences only */
int64_t pb_clock_now(void);

/* "0.4 s", "12 s", "3 min 05 s", "2 h 10 min". */
#define PB_CLOCK_TEXT 32
const char *pb_clock_duration(double seconds, char out[PB_CLOCK_TEXT]);

/* "2024-04-02" and "2024-04-02T11:30:00Z", both UTC. */
const char *pb_clock_date(int64_t when, char out[PB_CLOCK_TEXT]);
const char *pb_clock_iso(int64_t when, char out[PB_CLOCK_TEXT]);

#endif
