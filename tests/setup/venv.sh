#!/bin/sh
# Makes .venv with the package installed; on a bare Debian it also brings the module that makes environments.
set -eu
python=
for name in python3.11 python3.12 python3.13 python3.14 python3; do
  if command -v "$name" > /dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then python=$name; break; fi
done
[ -n "$python" ] || { echo "asyncwatch needs Python 3.11 or later" >&2; exit 1; }
if ! "$python" -c 'import ensurepip' 2> /dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv > /dev/null
  else
    echo "$python cannot make environments: install python3-venv (apt-get install python3-venv)" >&2; exit 1
  fi
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable .
