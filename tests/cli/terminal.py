"""A program in a terminal: a pseudo-terminal, whose other end is read all the
time and drawn by pyte (Debian's python3-pyte), as a terminal emulator does."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

DEBIAN = "/usr/lib/python3/dist-packages"

try:
    import pyte
except ImportError:
    sys.path.append(DEBIAN)
    try:
        import pyte
    except ImportError:
        pyte = None


class Terminal:

    def __init__(self, words, columns=80, lines=24, **more):
        self.ours, theirs = os.openpty()
        self.screen = pyte.Screen(columns, lines) if pyte else None
        self.stream = pyte.ByteStream(self.screen) if pyte else None
        self.lock = threading.Lock()
        self.written = b""
        self.set_size(columns, lines)
        self.before = termios.tcgetattr(theirs)
        for name in ("stdin", "stdout", "stderr"):
            more.setdefault(name, theirs)
        self.process = subprocess.Popen(
            words, start_new_session=True, **more,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0))
        self.theirs = theirs
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def set_size(self, columns, lines):
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ,
                    struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines=24):
        self.set_size(columns, lines)
        if self.screen:
            with self.lock:
                self.screen.resize(lines, columns)

    def read(self):
        while True:
            try:
                data = os.read(self.ours, 65536)
            except OSError:
                return
            with self.lock:
                self.written += data
                if self.stream:
                    self.stream.feed(data)

    def send(self, text):
        os.write(self.ours, text.encode())

    @property
    def text(self):
        """All that was ever written."""
        with self.lock:
            return self.written.decode("utf-8", "replace")

    def display(self):
        """What is seen now, without the empty lines at its end."""
        with self.lock:
            return "\n".join(line.rstrip() for line in
                             self.screen.display).rstrip("\n")

    def wait_for(self, text, seconds=60, after=0):
        """`after` that many characters of `self.text`."""
        end = time.monotonic() + seconds
        while text not in self.text[after:]:
            if time.monotonic() > end:
                raise AssertionError("no %r in %r" % (text, self.text))
            time.sleep(0.02)

    def finish(self, seconds=120):
        """The exit status; the terminal stays as the program left it."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        time.sleep(0.1)
        self.after = termios.tcgetattr(self.theirs)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.theirs)
        self.reader.join(10)
        os.close(self.ours)
