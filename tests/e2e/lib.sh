# shellcheck shell=bash
# What the quickstart and the end-to-end tests share: Debian's packages, and
# the material of the bisection.  Source it with ROOT set to the clone; all
# that is made lies under $ROOT/build/quickstart, and what is there and whole
# is used again.

QS=$ROOT/build/quickstart
APT=$QS/apt
HISTORY=$QS/cpython.git
PROJECT=$QS/genshi
DEPS=$QS/deps

BUILD_PACKAGES=(build-essential cmake ninja-build pkg-config git python3
    ca-certificates ccache libgit2-dev libjansson-dev libyaml-dev
    libarchive-dev libcurl4-openssl-dev libpcre2-dev libzstd-dev libsqlite3-dev
    libexpat1-dev uthash-dev zlib1g-dev libssl-dev libffi-dev bubblewrap)
TEST_PACKAGES=(libcmocka-dev clang clang-tidy valgrind python3-html5lib
    python3-lxml python3-jsonschema cmark-gfm python3-pyte python3-aiosmtpd)
# Ubuntu's chromium is a snap, and its driver another package.
BROWSER_PACKAGES=(python3-selenium chromium chromium-driver)

say() {
    printf '%s\n' "$*"
}

# fail PROBLEM HINT
fail() {
    printf 'quickstart: %s\n' "$1" >&2
    printf '  %s\n' "$2" >&2
    exit 1
}

# logged LOG COMMAND...: output goes to the log, its end is shown on failure.
logged() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        return 1
    fi
}

need_space() {
    local free
    free=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt 3145728 ]; then
        fail "only $((free / 1024)) MB are free in $ROOT" \
            "make 3 GB free and run it again"
    fi
}

# --- packages ---------------------------------------------------------------

missing_packages() {
    local package status
    for package in "$@"; do
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" \
            2>/dev/null) || status=none
        [ "$status" = installed ] || printf '%s\n' "$package"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

install_packages() {
    local missing log=$QS/logs/packages.log
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} -eq 0 ]; then
        say "    all packages are there already"
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "packages are missing and there is no sudo" \
                "as root: apt-get install ${missing[*]}"
        # Not `sudo -v`, which may ask where no command needs a password.
        sudo true || fail "sudo does not let you install packages" \
            "have an administrator run: apt-get install ${missing[*]}"
    fi
    say "    installing ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get
        -o DPkg::Lock::Timeout=300)
    # An unreachable third-party source is no reason to stop here.
    logged "$log" as_root "${apt[@]}" update ||
        say "    (apt-get update had problems, trying all the same)"
    logged "$log" as_root "${apt[@]}" install --yes --no-install-recommends \
        "${missing[@]}" ||
        fail "apt-get could not install ${missing[*]}" \
            "see $log; check the network and apt's sources"
}

install_build_packages() {
    command -v apt-get >/dev/null ||
        fail "this machine has no apt-get" \
            "the quickstart is for Debian and Ubuntu; README.md has the rest"
    install_packages "${BUILD_PACKAGES[@]}"
}

install_test_packages() {
    install_packages "${TEST_PACKAGES[@]}"
    if apt-cache show chromium-driver >/dev/null 2>&1; then
        install_packages "${BROWSER_PACKAGES[@]}"
    else
        say "    no chromium-driver here: the pages are not tested in a browser"
    fi
    # clang's sanitizer runtime is a package of its own, named by version.
    install_packages "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
}

# Where bubblewrap may not make namespaces, as in many containers, what is run
# here (a suite of Debian's) runs unconfined, and that is said.
choose_sandbox() {
    [ -n "${PYBISECT_SANDBOX-}" ] && return
    export PYBISECT_SANDBOX=bwrap
    bwrap --unshare-all --cap-drop ALL --ro-bind / / --proc /proc --dev /dev \
        sh -c ': >/dev/null' 2>/dev/null && return
    export PYBISECT_SANDBOX=none
    say "    bubblewrap cannot confine here: going on with --sandbox=none"
}

# --- sources from the distribution ------------------------------------------

# An apt of our own beside the user's: the same sources, with source packages
# switched on.  Signatures are checked as usual; nothing of it needs root.
apt_options() {
    printf '%s\n' -o "Dir::Etc::sourcelist=$APT/sources.list" \
        -o "Dir::Etc::sourceparts=$APT/sources.list.d" \
        -o "Dir::State::lists=$APT/lists" -o "Dir::Cache=$APT/cache" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::Retries=3
}

copy_apt_sources() {
    local SOURCELIST='' SOURCEPARTS='' file
    eval "$(apt-config shell SOURCELIST Dir::Etc::sourcelist/f \
        SOURCEPARTS Dir::Etc::sourceparts/d)"
    rm -rf "$APT"
    mkdir -p "$APT/sources.list.d" "$APT/lists/partial" \
        "$APT/cache/archives/partial"
    : >"$APT/sources.list"
    for file in "$SOURCELIST" "$SOURCEPARTS"/*.list; do
        [ -r "$file" ] && sed -nE \
            's/^[[:space:]]*deb([[:space:]].*)$/deb\1\ndeb-src\1/p' \
            "$file" >>"$APT/sources.list"
    done
    for file in "$SOURCEPARTS"/*.sources; do
        [ -r "$file" ] && sed -E 's/^Types:.*/Types: deb deb-src/I' \
            "$file" >"$APT/sources.list.d/${file##*/}"
    done
    return 0
}

update_apt() {
    [ -e "$APT/complete" ] && return
    copy_apt_sources
    mapfile -t APT_OPTIONS < <(apt_options)
    logged "$QS/logs/apt-update.log" \
        apt-get "${APT_OPTIONS[@]}" --error-on=any update ||
        say "    (some of apt's sources did not answer)"
    : >"$APT/complete"
}

# fetch DIRECTORY COMMAND...: runs a download in an empty directory.
fetch() {
    local directory=$1
    shift
    rm -rf "$directory"
    mkdir -p "$directory"
    mapfile -t APT_OPTIONS < <(apt_options)
    (cd "$directory" && logged "$QS/logs/fetch.log" \
        apt-get "${APT_OPTIONS[@]}" "$@")
}

tarball() {
    local file
    for file in "$QS"/tarball/python3.*.orig.tar.*; do
        case $file in
        *.asc) ;;
        *) [ -e "$file" ] && printf '%s\n' "$file" && return ;;
        esac
    done
    return 1
}

# Some security uploads come without their .dsc: apt-get then fails although
# the upstream tarball has arrived, so it is the tarball that is looked for.
fetch_tarball() {
    local own package file
    tarball >/dev/null && return
    update_apt
    own=$(/usr/bin/python3 -c \
        'import sys; print("python3.%d" % sys.version_info[1])')
    for package in $(printf '%s\n' python3.11 "$own" | uniq); do
        say "    asking apt for the source of $package"
        fetch "$QS/incoming" source --download-only "$package" \
            2>/dev/null || true
        for file in "$QS"/incoming/"$package"_*.orig.tar.*; do
            case $file in *.asc) continue ;; esac
            if [ -e "$file" ] && tar -tf "$file" >/dev/null 2>&1; then
                rm -rf "$QS/tarball"
                mv "$QS/incoming" "$QS/tarball"
                return
            fi
        done
    done
    rm -f "$APT/complete"
    fail "apt-get brought no source of python3.11" \
        "see $QS/logs/fetch.log and apt-update.log; check the network"
}

fetch_project() {
    local deb
    [ -e "$PROJECT/genshi/__init__.py" ] && [ -e "$DEPS/six.py" ] && return
    update_apt
    say "    asking apt for Genshi and six"
    fetch "$QS/incoming" download python3-genshi python3-six || {
        rm -f "$APT/complete"
        fail "apt-get could not download python3-genshi and python3-six" \
            "see $QS/logs/fetch.log; check the network"
    }
    for deb in "$QS"/incoming/*.deb; do
        dpkg-deb --extract "$deb" "$QS/incoming/unpacked"
    done
    local packages=$QS/incoming/unpacked/usr/lib/python3/dist-packages
    # The compiled speedups are for the distribution's interpreter alone.
    rm -f "$packages"/genshi/*.so
    rm -rf "$PROJECT" "$DEPS"
    mkdir -p "$DEPS" "$QS/incoming/project"
    mv "$packages/six.py" "$DEPS/"
    mv "$packages/genshi" "$QS/incoming/project/"
    mv "$QS/incoming/project" "$PROJECT"
    rm -rf "$QS/incoming"
}

# unpack_packages DIRECTORY PACKAGE...: what Debian's packages would put among
# the distribution's modules, without the compiled ones, which are for its own
# interpreter alone.
unpack_packages() {
    local directory=$1 deb
    shift
    update_apt
    say "    asking apt for $*"
    fetch "$QS/incoming" download "$@" || {
        rm -f "$APT/complete"
        fail "apt-get could not download $*" \
            "see $QS/logs/fetch.log; check the network"
    }
    for deb in "$QS"/incoming/*.deb; do
        dpkg-deb --extract "$deb" "$QS/incoming/unpacked"
    done
    find "$QS/incoming/unpacked" -name '*.so' -delete
    rm -rf "$directory"
    mkdir -p "$(dirname "$directory")"
    mv "$QS/incoming/unpacked/usr/lib/python3/dist-packages" "$directory"
    rm -rf "$QS/incoming"
}

# --- the history ------------------------------------------------------------

# One that was made by other versions of the scripts is made again.
make_history() {
    local made_by
    made_by=$(cat "$ROOT"/tests/e2e/{history,edits}.py "$(tarball)" |
        sha256sum)
    [ -e "$HISTORY.made-by" ] && [ -d "$HISTORY" ] &&
        [ "$made_by" = "$(cat "$HISTORY.made-by")" ] && return
    rm -f "$HISTORY.made-by"
    PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/tests/e2e/history.py" \
        "$(tarball)" "$HISTORY" ||
        fail "the history could not be made from $(tarball)" \
            "the edits in tests/e2e/edits.py fit CPython 3.11 to 3.13"
    printf '%s\n' "$made_by" >"$HISTORY.made-by"
}

# "v3.11.2..main"
history_range() {
    printf '%s..main\n' "$(git -C "$HISTORY" tag --list 'v3.*')"
}

prepare_material() {
    need_space
    fetch_tarball
    fetch_project
    make_history
}
