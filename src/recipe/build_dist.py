"""Builds an unpacked source distribution with the interpreter that runs this.

    python build_dist.py TREE TARGET [BACKEND [DIRECTORY]]

TARGET gets what an import needs. Without a BACKEND it is setuptools, or, where
that is not on the path, the distutils of the interpreter, by way of setup.py;
a BACKEND makes a wheel, which is unpacked.
Everything from Python 2.6 on must be able to run this.
"""

import os
import sys


def build(target):
    """Not by way of `install`, which is deprecated, patched by distributions
    and needs more than an import does; nor of a wheel, which old setuptools
    cannot make alone. The egg-info is for who asks for versions and plugins.
    """
    commands = ["build", "--build-lib=" + target,
                "--build-base=" + os.path.join(os.getcwd(), "build")]
    try:
        import setuptools
        commands = ["egg_info", "--egg-base=" + target] + commands
    except ImportError:
        setuptools = None
    sys.argv = ["setup.py"] + commands
    sys.path.insert(0, os.getcwd())
    if not os.path.exists("setup.py"):
        setuptools.setup()
    else:
        with open("setup.py", "rb") as file:
            code = compile(file.read(), os.path.abspath("setup.py"), "exec")
        exec(code, {"__name__": "__main__",
                    "__file__": os.path.abspath("setup.py")})
    if sys.version_info[0] >= 3:
        open_namespaces(target)


def open_namespaces(target):
    """Packages that several distributions share need no __init__.py, which
    would need pkg_resources; installing them leaves it out too."""
    for name in os.listdir(target):
        path = os.path.join(target, name, "namespace_packages.txt")
        if not os.path.exists(path):
            continue
        with open(path) as file:
            packages = file.read().split()
        for package in packages:
            path = os.path.join(target, package.replace(".", os.sep),
                                "__init__.py")
            if os.path.exists(path):
                os.unlink(path)


def place(name):
    """Where a file of a wheel goes, or None."""
    top, _, rest = name.partition("/")
    if not top.endswith(".data"):
        return name
    scheme, _, rest = rest.partition("/")
    if scheme in ("purelib", "platlib"):
        return rest
    return "bin/" + rest if scheme == "scripts" else None


def build_wheel(target, backend, directory):
    import zipfile
    if directory is not None:
        sys.path.insert(0, os.path.join(os.getcwd(), directory))
    name, _, attributes = backend.partition(":")
    module = __import__(name, fromlist=["build_wheel"])
    for attribute in filter(None, attributes.split(".")):
        module = getattr(module, attribute)
    made = os.path.join(os.path.dirname(target), "wheel")
    os.mkdir(made)
    wheel = zipfile.ZipFile(os.path.join(made, module.build_wheel(made)))
    for entry in wheel.infolist():
        path = place(entry.filename)
        if not path or path.endswith("/") or ".." in path.split("/"):
            continue
        path = os.path.join(target, path.lstrip("/"))
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(wheel.read(entry))
        if entry.external_attr >> 16 & 0o100:
            os.chmod(path, 0o755)


def main(tree, target, backend=None, directory=None):
    os.chdir(tree)
    if backend is None:
        build(target)
    else:
        build_wheel(target, backend, directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
