/* Devices that root's confined commands have of their own. */
#ifndef PYBISECT_TRIAL_SANDBOX_DEVICES_H
#define PYBISECT_TRIAL_SANDBOX_DEVICES_H

static const struct pb_sandbox_device {
    const char *name; /* below /dev; NULL: the end */
    unsigned major;
    unsigned minor;
} pb_sandbox_devices[] = {
    {"null", 1, 3},    {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8},
    {"urandom", 1, 9}, {"tty", 5, 0},  {NULL, 0, 0},
};

#endif
