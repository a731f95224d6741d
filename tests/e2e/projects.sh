# shellcheck shell=bash
# Projects of Debian's for the tests of recipes.  Source it behind lib.sh. What
# apt cannot bring is said, and its test is skipped: mirrors lack a source
# package now and then.

# unpack_source DIRECTORY PACKAGE: the upstream tarball of a source package.
unpack_source() {
    local directory=$1 package=$2 file
    update_apt
    say "    asking apt for the source of $package"
    # As in fetch_tarball: it is the tarball that is looked for.
    fetch "$QS/incoming" source --download-only "$package" 2>/dev/null || true
    for file in "$QS"/incoming/"$package"_*.orig.tar.*; do
        case $file in *.asc) continue ;; esac
        [ -e "$file" ] || continue
        mkdir "$QS/incoming/unpacked"
        tar -xf "$file" --strip-components=1 -C "$QS/incoming/unpacked"
        mv "$QS/incoming/unpacked" "$directory"
        rm -rf "$QS/incoming"
        return
    done
    return 1
}

# from_source NAME PACKAGE DEPENDENCY...
from_source() {
    local name=$1 package=$2
    shift 2
    [ -d "$QS/$name" ] && return
    if [ $# -gt 0 ]; then
        unpack_packages "$QS/$name-deps" "$@" || return
    fi
    unpack_source "$QS/$name" "$package"
}

# from_package NAME PACKAGE DEPENDENCY...
from_package() {
    local name=$1 package=$2
    shift 2
    [ -d "$QS/$name" ] && return
    unpack_packages "$QS/$name-deps" "$@" &&
        unpack_packages "$QS/$name" "$package"
}

# A subshell each, so that what `fail` ends is one of them.
fetch_projects() {
    (from_package storm python3-storm python3-six python3-zope.interface \
        python3-fixtures python3-testtools python3-pbr \
        python3-pkg-resources) || true
    (from_source django python-django python3-asgiref python3-sqlparse \
        python3-tz) || true
    (from_source nose2 nose2) || true
}
