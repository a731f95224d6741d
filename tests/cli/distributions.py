"""Wheels and source distributions, made up by tests."""

import io
import os
import tarfile
import zipfile

BACKEND = '''\
import os
import subprocess
import zipfile


def build_wheel(directory, settings=None, metadata=None):
    with open(%(log)r, "a") as log:
        log.write("%%s\\n" %% os.environ["TINY_HEADER"])
    %(check)s
    subprocess.check_call(
        ["cc", "-shared", "-fPIC", "-O1", "-o", "_fast.so", "fast.c",
         "-DTINY_HEADER=" + os.environ["TINY_HEADER"]])
    with zipfile.ZipFile(directory + "/fast-1.0-any.whl", "w") as wheel:
        wheel.write("fast.py")
        wheel.write("_fast.so")
        wheel.writestr("fast-1.0.dist-info/METADATA", "Name: fast\\n")
    return "fast-1.0-any.whl"
'''

# As with a struct whose layout the headers decide: what was compiled for
# other headers reads past what it is given.
FAST_C = '''\
struct tiny { long header; char *name[TINY_HEADER + 1]; };

int use(const struct tiny *tiny)
{
    return tiny->name[TINY_HEADER][0];
}
'''

FAST_PY = '''\
import ctypes
import os

_fast = ctypes.CDLL(os.path.join(os.path.dirname(__file__), "_fast.so"))


def use():
    """An interpreter's own idea of the struct, with names at its end."""
    header = int(os.environ["TINY_HEADER"])

    class Tiny(ctypes.Structure):
        _fields_ = [("header", ctypes.c_long),
                    ("name", ctypes.c_char_p * (header + 1))]

    room = (ctypes.c_char * 65536)()  # NULLs behind it
    tiny = Tiny.from_buffer(room)
    tiny.header = header
    tiny.name[header] = b"x"
    return chr(_fast.use(room))
'''


def metadata(name, version, requires=(), python=None):
    text = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version)
    if python:
        text += "Requires-Python: %s\n" % python
    return text + "".join("Requires-Dist: %s\n" % each for each in requires)


def wheel(directory, name, version, files, requires=(), python=None,
          tag="py2.py3.py9-none-any"):
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "%s-%s-%s.whl" % (name, version, tag))
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
        archive.writestr("%s-%s.dist-info/METADATA" % (name, version),
                         metadata(name, version, requires, python))
        archive.writestr("%s-%s.dist-info/WHEEL" % (name, version),
                         "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
    return path


def sdist(directory, name, version, files, requires=()):
    os.makedirs(directory, exist_ok=True)
    top = "%s-%s" % (name, version)
    path = os.path.join(directory, top + ".tar.gz")
    files = dict(files, **{"PKG-INFO": metadata(name, version, requires)})
    with tarfile.open(path, "w:gz") as archive:
        for each, text in files.items():
            entry = tarfile.TarInfo(top + "/" + each)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def fast(directory, log, check="pass", requires="[]"):
    """Something compiled. Each build notes the headers in the log first."""
    return sdist(directory, "fast", "1.0", {
        "pyproject.toml": "[build-system]\nrequires = %s\n"
                          "build-backend = \"backend\"\n"
                          "backend-path = [\".\"]\n" % requires,
        "backend.py": BACKEND % {"log": log, "check": check},
        "fast.c": FAST_C,
        "fast.py": FAST_PY,
    })
