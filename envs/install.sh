#!/bin/sh
# Makes the environment .venv with the pinned packages and this package in editable mode; `make` calls it.
#     sh envs/install.sh PYTHON [EXTRAS]        such as: sh envs/install.sh python3 test,lint
# Everything pip says goes to a log; what went wrong is said here in one line.
set -u

python=$1
extras=${2:+[$2]}
log=.venv/install.log # read again by `explain`, so it begins with each set-up

fail() {
    echo "$1" >&2
    exit 1
}

# Moved, broken or left half made, an environment is made again; a whole one is only added to.
made_here() {
    [ -f .venv/made ] && [ ! -f .venv/unfinished ] && [ "$(.venv/bin/python -c 'import sys; print(sys.prefix)' 2>/dev/null)" = "$(cat .venv/made)" ]
}

make_environment() {
    version=$("$python" -c 'import sys; print("%d.%d at %s" % (sys.version_info[:2] + (sys.executable,)))' 2>/dev/null) ||
        fail "reversal needs Python ≥ 3.11; no Python answers to '$python'; set PYTHON=…"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "reversal needs Python ≥ 3.11; found $version; set PYTHON=…"
    rm -rf .venv && mkdir .venv || fail "reversal cannot write $PWD/.venv; mend the folder's rights"
    echo "Making .venv with Python $version"
    # Where Python comes without ensurepip, its own pip serves the new environment.
    "$python" -m venv .venv >>"$log" 2>&1 || "$python" -m venv --without-pip .venv >>"$log" 2>&1 ||
        fail "reversal could not make .venv: '$python -m venv' failed; details in $log"
    .venv/bin/python -c 'import sys; print(sys.prefix)' >.venv/made
}

pip_install() {
    touch .venv/unfinished
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        set -- .venv/bin/python -m pip install "$@"
    else
        set -- "$python" -m pip --python .venv/bin/python install "$@"
    fi
    "$@" --disable-pip-version-check --constraint envs/constraints.txt >>"$log" 2>&1 || explain
    rm .venv/unfinished
}

explain() {
    if grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Network is unreachable|No route to host' "$log"; then
        rm .venv/unfinished # pip fetches everything before it changes anything
        fail "reversal found no network: pip cannot reach its package index, so .venv is not complete; details in $log"
    fi
    fail "reversal could not be installed: pip says $(grep -m 1 '^ERROR' "$log" | cut -c 1-200); details in $log"
}

made_here || make_environment
: >"$log"
echo "Installing the pinned packages${extras:+ with $2} (about a minute the first time)"
pip_install setuptools
pip_install --no-build-isolation --editable ".$extras"
