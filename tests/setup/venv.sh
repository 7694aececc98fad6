#!/bin/sh
# Makes .venv with the package installed; on a bare Debian, root also gets the module that makes environments.
set -eu
python=
for name in python3.11 python3.12 python3.13 python3.14 python3; do
  if command -v "$name" > /dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then python=$name; break; fi
done
[ -n "$python" ] || { echo "asyncwatch needs Python 3.11 or later" >&2; exit 1; }

# An environment whose making was interrupted has a python but no pip.
if ! .venv/bin/python -m pip --version > /dev/null 2>&1; then
  if ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
    package=$python-venv
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
      echo "$python cannot make environments: install $package (as root: apt-get install $package)" >&2; exit 1
    fi
    echo "installing $package"
    said=$(apt-get -qq update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$package" 2>&1) ||
      { echo "$said" >&2; echo "$package was not installed" >&2; exit 1; }
  fi
  # One whose python does not even start, as after an upgrade of the system, is made anew.
  if .venv/bin/python -c '' 2> /dev/null; then "$python" -m venv .venv; else "$python" -m venv --clear .venv; fi
fi

echo "installing asyncwatch into .venv (once, under a minute)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
