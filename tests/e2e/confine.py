"""Sets PYBISECT_SANDBOX, unless it is set: where nothing can be confined, in
a container that may not make namespaces for one, the rest is tested all the
same, and that is said."""

import os
import subprocess
import sys

PROBE = ["bwrap", "--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/",
         "--proc", "/proc", "--dev", "/dev", "sh", "-c", ": >/dev/null"]


def can_confine():
    try:
        return subprocess.run(PROBE, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def settle():
    if "PYBISECT_SANDBOX" in os.environ:
        return
    confines = can_confine()
    os.environ["PYBISECT_SANDBOX"] = "bwrap" if confines else "none"
    if not confines:
        print("nothing can be confined here: PYBISECT_SANDBOX=none",
              file=sys.stderr)
