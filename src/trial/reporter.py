"""Runs a test suite and tells what its unittest results hear.

    python reporter.py -m MODULE [ARGUMENT...]
    python reporter.py SCRIPT [ARGUMENT...]

The module or script runs as python itself would run it. Whatever reaches a
unittest result (or anything a unittest.TestCase takes for one) is written,
one JSON object a line, to the descriptor named in PYBISECT_EVENTS:

    {"e": "begin"}
    {"e": "start", "id": ...}
    {"e": "stop", "id": ..., "outcome": "pass|fail|error|skip|xfail|xpass",
     "type": ..., "message": ..., "trace": ..., "seconds": ...}
    {"e": "raised", "type": ..., "message": ..., "trace": ...}
    {"e": "end", "status": ...}

A start without a stop is the test that was running when the process died. A
stop without an outcome is a test that an interrupt ended. A run without an
end was not orderly.

This file is run by the interpreter under test, from 2.6 to trunk, any part of
whose library may be what is broken. Hence the oldest common syntax, few
imports, and no json module.
"""

import os
import sys
import time

OUTCOMES = ("pass", "xfail", "skip", "xpass", "fail", "error")  # best first
ID_LIMIT = 20000
MESSAGE_LIMIT = 8192
TRACE_LIMIT = 65536

# Kept, because tests replace them.
clock = getattr(time, "monotonic", time.time)
getpid = os.getpid
write = os.write

try:
    text_type = unicode
    bytes_type = str
    code_point = unichr
except NameError:
    text_type = str
    bytes_type = bytes
    code_point = chr


# --- text ------------------------------------------------------------------

def to_text(value):
    """What str() says, whatever str() does."""
    try:
        if isinstance(value, (text_type, bytes_type)):
            text = value
        else:
            try:
                text = str(value)
            except UnicodeError:
                text = text_type(value)
    except Exception:
        text = "<unprintable %s>" % type(value).__name__
    if isinstance(text, bytes_type):
        try:
            return text.decode("utf-8")
        except UnicodeError:
            return text.decode("latin-1")
    return text


def cut(text, limit):
    """The end says what was raised, so what goes is the middle."""
    if len(text) <= limit:
        return text
    head = limit // 3
    return text[:head] + "\n...\n" + text[len(text) - (limit - head):]


def escape(text):
    """Without the quotes. NULs and lone surrogates, which JSON readers
    refuse, become the text that repr() would show."""
    out = []
    length = len(text)
    i = 0
    while i < length:
        c = text[i]
        n = ord(c)
        i += 1
        if c == '"' or c == "\\":
            out.append("\\" + c)
        elif 32 <= n < 127:
            out.append(c)
        elif n == 0:
            out.append("\\\\x00")
        elif 0xD800 <= n < 0xE000:
            # A pair, where unicode strings are made of 16-bit units.
            low = 0
            if n < 0xDC00 and i < length:
                low = ord(text[i])
            if 0xDC00 <= low < 0xE000:
                out.append("\\u%04x\\u%04x" % (n, low))
                i += 1
            else:
                out.append("\\\\u%04x" % n)
        elif n > 0xFFFF:
            n -= 0x10000
            out.append("\\u%04x\\u%04x" % (0xD800 + (n >> 10),
                                           0xDC00 + (n & 0x3FF)))
        else:
            out.append("\\u%04x" % n)
    return "".join(out)


def without_addresses(name):
    """Parameters of sub-tests hold reprs; an address makes each run's id
    another one."""
    start = name.find(" at 0x")
    while start >= 0:
        end = start + 6
        while end < len(name) and name[end] in "0123456789abcdefABCDEF":
            end += 1
        name = name[:start + 6] + name[end:]
        start = name.find(" at 0x", start + 6)
    return name


def identify(test):
    try:
        name = test.id()
    except Exception:
        name = test
    return without_addresses(to_text(name)[:ID_LIMIT])


# --- exceptions ------------------------------------------------------------

def type_name(kind):
    """As tracebacks print it."""
    try:
        name = getattr(kind, "__qualname__", None) or kind.__name__
        module = getattr(kind, "__module__", None)
        if module in (None, "builtins", "exceptions", "__main__"):
            return to_text(name)
        return to_text(module) + "." + to_text(name)
    except Exception:
        return to_text(kind)


def plain_trace(tb):
    lines = ["Traceback (most recent call last):\n"]
    while tb is not None:
        code = tb.tb_frame.f_code
        lines.append('  File "%s", line %d, in %s\n'
                     % (code.co_filename, tb.tb_lineno, code.co_name))
        tb = tb.tb_next
    return "".join(lines)


def format_trace(kind, value, tb):
    while tb is not None and "__unittest" in tb.tb_frame.f_globals:
        tb = tb.tb_next
    try:
        import traceback
        lines = traceback.format_exception(kind, value, tb)
        return "".join([to_text(line) for line in lines])
    except Exception:
        return to_text(plain_trace(tb))


def explain(err):
    """(type, message, trace) of what an add method was given: exc_info, a
    twisted.python.failure.Failure, or a reason."""
    if isinstance(err, tuple) and len(err) == 3:
        kind, value, tb = err
        return (type_name(kind), to_text(value),
                format_trace(kind, value, tb))
    if hasattr(err, "getTraceback") and hasattr(err, "value"):
        return (type_name(getattr(err, "type", type(err.value))),
                to_text(err.value), to_text(err.getTraceback()))
    if isinstance(err, BaseException):
        return (type_name(type(err)), to_text(err),
                format_trace(type(err), err,
                             getattr(err, "__traceback__", None)))
    if err is None:
        return (None, None, None)
    return (None, to_text(err), None)


# --- events ----------------------------------------------------------------

class Channel(object):
    """Where the events go."""

    def __init__(self, fd):
        self.fd = self.move(fd)
        self.pid = getpid()

    def move(self, fd):
        """Away from the low numbers, which tests count on and close, and out
        of the reach of child processes."""
        for high in (1000, 250):
            try:
                os.fstat(high)
            except (OSError, OverflowError):
                try:
                    os.dup2(fd, high)
                except OSError:
                    continue
                os.close(fd)
                fd = high
                break
        try:
            if hasattr(os, "set_inheritable"):
                os.set_inheritable(fd, False)
            else:
                import fcntl
                fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        except Exception:
            pass
        return fd

    def is_ours(self):
        return getpid() == self.pid

    def send(self, event, **fields):
        if not self.is_ours():
            return
        line = ['{"e":"%s"' % event]
        for name in sorted(fields):
            value = fields[name]
            if value is None:
                continue
            if isinstance(value, float):
                line.append('"%s":%.6f' % (name, value))
            elif isinstance(value, int):
                line.append('"%s":%d' % (name, value))
            else:
                line.append('"%s":"%s"' % (name, escape(value)))
        self.write((",".join(line) + "}\n").encode("ascii"))

    def write(self, data):
        try:
            while data:
                data = data[write(self.fd, data):]
        except (OSError, IOError, ValueError):
            pass


class Running(object):
    """A test between startTest and stopTest."""

    def __init__(self, test, name):
        self.test = test
        self.name = name
        self.since = clock()
        self.outcome = None
        self.said = (None, None, None)

    def note(self, outcome, said):
        """The worst counts, and the first of equals."""
        if (self.outcome is None
                or OUTCOMES.index(outcome) > OUTCOMES.index(self.outcome)):
            self.outcome = outcome
            self.said = said


class Recorder(object):
    """Turns method calls on results into events.

    The result that starts a test owns it, with those that it hands startTest
    on to. Others belong to a runner inside of the test, or to a wrapper that
    will call an owner, and are not listened to while it runs.
    """

    def __init__(self, channel):
        self.channel = channel
        self.owners = []
        self.stack = []

    def accepts(self, result):
        return not self.stack or self.owns(result)

    def owns(self, result):
        for owner in self.owners:
            if owner is result:
                return True
        return False

    def hear(self, method, result, args, kwargs):
        values = list(args)
        if "test" in kwargs:
            values.insert(0, kwargs.pop("test"))
        values.extend(kwargs.values())
        values.append(None)
        test, more = values[:2]
        if method == "startTest":
            self.start(result, test)
        elif method == "stopTest":
            self.stop(test)
        elif method == "addSubTest":
            self.sub_test(test, more, values[2])
        elif method == "addSuccess":
            self.outcome(test, "pass", None)
        elif method == "addFailure":
            self.outcome(test, "fail", more)
        elif method == "addError":
            self.outcome(test, "error", more)
        elif method == "addSkip":
            self.outcome(test, "skip", more)
        elif method == "addExpectedFailure":
            self.outcome(test, "xfail", more)
        elif method == "addUnexpectedSuccess":
            self.outcome(test, "xpass", None)

    def hear_inner(self, method, result):
        """Called by one that was heard: a base class, or a wrapped result."""
        if method == "startTest" and not self.owns(result):
            self.owners.append(result)

    def find(self, test):
        for running in reversed(self.stack):
            if running.test is test:
                return running
        name = identify(test)
        for running in reversed(self.stack):
            if running.name == name:
                return running
        return None

    def start(self, result, test):
        if self.stack and self.stack[-1].outcome is not None:
            self.finish(self.stack.pop())  # its stopTest never came
        if not self.stack:
            self.owners = [result]
        running = Running(test, identify(test))
        self.stack.append(running)
        self.channel.send("start", id=running.name)

    def stop(self, test):
        if not self.stack:
            return
        last = self.find(test) or self.stack[-1]
        while self.stack:
            running = self.stack.pop()
            self.finish(running)
            if running is last:
                break

    def finish(self, running):
        self.tell(running.name, running.outcome, running.said,
                  clock() - running.since)

    def outcome(self, test, outcome, err):
        said = explain(err)
        running = self.find(getattr(test, "test_case", test))
        if running is None:
            running = self.find(test)
        if running is not None:
            running.note(outcome, said)
        else:
            # setUpClass and setUpModule, and skips of whole classes
            self.tell(identify(test), outcome, said, None)

    def sub_test(self, test, sub, err):
        if err is None:
            return
        outcome = "error"
        if issubclass(err[0], test.failureException):
            outcome = "fail"
        said = explain(err)
        self.tell(identify(sub), outcome, said, None)
        running = self.find(test)
        if running is not None:
            running.note(outcome, said)

    def tell(self, name, outcome, said, seconds):
        kind, message, trace = said
        self.channel.send(
            "stop", id=name, outcome=outcome, type=kind,
            message=message and cut(message, MESSAGE_LIMIT),
            trace=trace and cut(trace, TRACE_LIMIT), seconds=seconds)


# --- listening -------------------------------------------------------------

METHODS = ("startTest", "stopTest", "addSuccess", "addError", "addFailure",
           "addSkip", "addExpectedFailure", "addUnexpectedSuccess",
           "addSubTest")


def dress(wrapper, original):
    wrapper.__name__ = original.__name__
    wrapper.__doc__ = original.__doc__
    wrapper.__module__ = original.__module__
    wrapper.__wrapped__ = original  # inspect.signature() follows it
    wrapper.pybisect_wrapper = True
    return wrapper


class Listener(object):
    """Of a chain of calls (super, or a wrapped result) the first is heard."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.busy = False

    def call(self, name, original, args, kwargs):
        if not self.recorder.channel.is_ours():
            return original(*args, **kwargs)
        if self.busy:
            self.recorder.hear_inner(name, args[0])
            return original(*args, **kwargs)
        if not self.recorder.accepts(args[0]):
            return original(*args, **kwargs)
        self.busy = True
        try:
            try:
                self.recorder.hear(name, args[0], args[1:], dict(kwargs))
            except Exception:
                pass  # nothing of ours may fail a test
            return original(*args, **kwargs)
        finally:
            self.busy = False

    def wrap(self, name, original):
        def method(*args, **kwargs):
            return self.call(name, original, args, kwargs)
        return dress(method, original)


class Patcher(object):
    def __init__(self, recorder):
        self.listener = Listener(recorder)
        self.adopted = {}

    def adopt(self, kind):
        """Listens to a class of results. Each class on the way to object is
        patched, because some (trial's) do not call their base."""
        if id(kind) in self.adopted:
            return
        self.adopted[id(kind)] = kind  # kept, so that the id stays its own
        for name in METHODS:
            original = kind.__dict__.get(name)
            if (type(original) is type(dress)
                    and not hasattr(original, "pybisect_wrapper")):
                setattr(kind, name, self.listener.wrap(name, original))
        for base in kind.__bases__:
            if base is not object:
                self.adopt(base)

    def adopt_quietly(self, result):
        try:
            self.adopt(result.__class__)
        except Exception:
            pass

    def watch_runs(self, kind):
        """Results that are no unittest.TestResult (nose2's) show up here."""
        original = kind.__dict__.get("run")
        if original is None:
            return
        patcher = self

        def run(self, result=None, *args, **kwargs):
            if result is not None:
                patcher.adopt_quietly(result)
            return original(self, result, *args, **kwargs)
        kind.run = dress(run, original)

    def watch_births(self, kind):
        original = kind.__dict__["__init__"]
        patcher = self

        def __init__(self, *args, **kwargs):
            patcher.adopt_quietly(self)
            original(self, *args, **kwargs)
        kind.__init__ = dress(__init__, original)

    def patch(self):
        import unittest
        self.adopt(unittest.TestResult)
        self.watch_births(unittest.TestResult)
        self.watch_runs(unittest.TestCase)
        self.watch_runs(unittest.TestSuite)


# --- running ---------------------------------------------------------------

def run_module(name):
    import runpy
    unittest = sys.modules.get("unittest")
    if name == "unittest" and not hasattr(unittest, "__path__"):
        # Before 2.7 it is one file: as __main__ it would be a second copy
        # of itself, which nobody listens to.
        sys.argv[0] = unittest.__file__
        unittest.main(module=None)
    elif hasattr(runpy, "_run_module_as_main"):
        runpy._run_module_as_main(name)  # what the -m switch calls
    else:
        runpy.run_module(name, None, "__main__", True)


def run_script(path):
    names = sys.modules["__main__"].__dict__
    names["__file__"] = path
    if sys.version_info[0] == 2:
        getattr(__builtins__, "execfile")(path, names)
        return
    stream = open(path, "rb")
    try:
        source = stream.read()
    finally:
        stream.close()
    exec(compile(source, path, "exec", 0, True), names)


def new_main():
    """A clean __main__ for the suite; this module gets another name."""
    sys.modules["pybisect_reporter"] = sys.modules["__main__"]
    main_module = type(sys)("__main__")
    main_module.__builtins__ = __builtins__
    sys.modules["__main__"] = main_module


def set_path(first):
    """Where python put the directory of this file, if it did (-P)."""
    here = os.path.dirname(os.path.realpath(__file__))
    if sys.path and os.path.realpath(sys.path[0]) == here:
        sys.path[0] = first


def run(arguments):
    new_main()
    if arguments[0] == "-m":
        set_path(sys.version_info[0] > 2 and os.getcwd() or "")
        sys.argv[:] = ["-m"] + arguments[2:]
        run_module(arguments[1])
        return
    script = arguments[0]
    sys.argv[:] = arguments
    if os.path.isdir(script):
        import runpy
        set_path(script)
        runpy._run_module_as_main("__main__", False)
    else:
        set_path(os.path.dirname(os.path.realpath(script)))
        run_script(script)


def exit_status(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code)
    return 1


def open_channel():
    try:
        return Channel(int(os.environ.pop("PYBISECT_EVENTS")))
    except (KeyError, ValueError, OSError):
        return None


def start_listening(channel):
    channel.send("begin")
    try:
        import faulthandler
        import signal
        faulthandler.enable()
        # Whoever does not heed an interrupt says where it is when stopped.
        faulthandler.register(signal.SIGTERM, all_threads=True, chain=True)
    except Exception:
        pass
    try:
        Patcher(Recorder(channel)).patch()
    except Exception:
        # Whatever is the matter with unittest, the suite says it better.
        pass


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments == ["-m"]:
        sys.exit("usage: reporter.py -m MODULE | SCRIPT [ARGUMENT...]")
    channel = open_channel()
    if channel is None:
        run(arguments)
        return
    start_listening(channel)
    try:
        run(arguments)
    except SystemExit:
        channel.send("end", status=exit_status(sys.exc_info()[1].code))
        raise
    except BaseException:
        kind, message, trace = explain(sys.exc_info())
        channel.send("raised", type=kind,
                     message=cut(message, MESSAGE_LIMIT),
                     trace=cut(trace, TRACE_LIMIT))
        raise
    channel.send("end", status=0)


if __name__ == "__main__":
    main()
