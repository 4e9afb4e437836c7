#!/usr/bin/env bash
# Makes an environment with dataaudit; the output `python` is its interpreter.
#
# Reads DATAAUDIT_INSTALL, DATAAUDIT_PYTHON and DATAAUDIT_VERSION, and of GitHub GITHUB_ACTION_PATH, GITHUB_OUTPUT and
# RUNNER_TEMP.
set -euo pipefail

python=${DATAAUDIT_PYTHON:-python3}
if [ "${DATAAUDIT_INSTALL:-true}" != true ]; then
  printf 'python=%s\n' "$python" >>"$GITHUB_OUTPUT"
  exit
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "::error title=dataaudit::dataaudit needs Python 3.11 or later; give one as the input python"
  exit 2
fi

case ${DATAAUDIT_VERSION:-} in
  '') wanted=$GITHUB_ACTION_PATH ;;
  [0-9]*) wanted=dataaudit==$DATAAUDIT_VERSION ;;
  *) wanted=$DATAAUDIT_VERSION ;;
esac

home=$(mktemp -d "$RUNNER_TEMP/dataaudit-python.XXXXXX") # apart from the project's own packages
"$python" -m venv "$home"
own=$home/bin/python
[ -x "$own" ] || own=$home/Scripts/python.exe
"$own" -m pip install --quiet --disable-pip-version-check -- "$wanted"
printf 'python=%s\n' "$own" >>"$GITHUB_OUTPUT"
