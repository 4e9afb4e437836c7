#!/usr/bin/env bash
# Audits data in a GitHub workflow: the report in the log, on the changed lines and in the step summary, files and counts
# as outputs. What was found does not fail this script, so that later steps can show it: the output `status` is what
# dataaudit left with.
#
# Reads DATAAUDIT_* (the action's inputs), and of GitHub GITHUB_ACTION_PATH, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY and
# RUNNER_TEMP.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
python=${DATAAUDIT_PYTHON:-python3}
folder=$(mktemp -d "$RUNNER_TEMP/dataaudit.XXXXXX")
cd -- "${DATAAUDIT_WORKING_DIRECTORY:-.}"

options=()
add() { [ -z "$2" ] || options+=("--$1=$2"); }
add target "${DATAAUDIT_TARGET:-}"
add task "${DATAAUDIT_TASK:-}"
add split-column "${DATAAUDIT_SPLIT_COLUMN:-}"
add group "${DATAAUDIT_GROUP:-}"
add time "${DATAAUDIT_TIME:-}"
add id "${DATAAUDIT_ID:-}"
add stage "${DATAAUDIT_STAGE:-}"
add preset "${DATAAUDIT_PRESET:-}"
add select "${DATAAUDIT_SELECT:-}"
add ignore "${DATAAUDIT_IGNORE:-}"
add fail-on "${DATAAUDIT_FAIL_ON:-}"
add config "${DATAAUDIT_CONFIG:-}"
while IFS= read -r line; do
  line=${line%$'\r'}
  [ -z "$line" ] || options+=("$line")
done <<<"${DATAAUDIT_ARGUMENTS:-}"
options+=(
  "--html=$folder/report.html" "--json=$folder/report.json" "--sarif=$folder/report.sarif"
  "--markdown=$folder/comment.md" "--step-summary=$folder/summary.md"
  --format=github "--output=$folder/annotations.txt"
)

data=${DATAAUDIT_DATA:?the input data is empty}
base=${DATAAUDIT_BASE:-}
parts=(validation "${DATAAUDIT_VALIDATION:-}" test "${DATAAUDIT_TEST:-}" labels "${DATAAUDIT_LABELS:-}")

# What a path was in the base: the base itself where that is a file, else the path at that revision.
before() {
  if [ -f "$base" ]; then
    printf '%s' "$base"
  elif [[ $1 == /* ]]; then
    printf '%s:%s%s' "$base" "$(git -C "$(dirname -- "$1")" rev-parse --show-prefix)" "$(basename -- "$1")"
  else
    printf '%s:./%s' "$base" "$1"
  fi
}

is_in_base() { # a revision that git does not know is for dataaudit to refuse; an empty file held a place, and no data
  [ -f "$base" ] || ! git rev-parse --quiet --verify --end-of-options "$base^{commit}" >/dev/null 2>&1 ||
    [ "$(git cat-file -s "$(before "$1")" 2>/dev/null || echo 0)" -gt 0 ]
}

command='check'
if [ -n "$base" ]; then
  command='diff'
  for path in "$data" "${parts[1]}" "${parts[3]}" "${parts[5]}"; do
    if [ -n "$path" ] && ! is_in_base "$path"; then
      command='check'
    fi
  done
  [ $command = diff ] || printf 'The base does not have all of the data: it is audited as a whole.\n'
fi
for i in 0 2 4; do
  name=${parts[i]} path=${parts[i + 1]}
  if [ -n "$path" ] && [ $command = check ]; then
    options+=("--$name=$path")
  elif [ -n "$path" ]; then
    options+=("--$name" "$(before "$path")" "$path")
  fi
done
if [ $command = check ]; then
  add baseline "${DATAAUDIT_BASELINE:-}"
  given=("$data")
else
  given=("$(before "$data")" "$data")
fi

# Names in the data must not speak to the runner: commands are only heard again after the log is written.
token=$("$python" -c 'import secrets; print(secrets.token_hex(16))')
printf '::stop-commands::%s\n' "$token"
status=0
"$python" -P -m dataaudit "$command" "${options[@]}" -- "${given[@]}" 2>"$folder/log.txt" || status=$?
cat -- "$folder/log.txt"
last=$folder/annotations.txt # written after all others
if [ -f "$last" ]; then
  "$python" -P "$here/outputs.py" "$folder" >>"$GITHUB_OUTPUT"
  cat -- "$folder/report.txt"
fi
printf '::%s::\n' "$token"

if [ -f "$last" ]; then
  [ "${DATAAUDIT_ANNOTATIONS:-true}" != true ] || cat -- "$last"
  cat -- "$folder/summary.md" >>"$GITHUB_STEP_SUMMARY"
else
  [ $status != 0 ] || status=2 # asked for --help, say: what was not audited has not passed
  said=$(grep -m 1 '^error: ' "$folder/log.txt" || echo "error: dataaudit left with status $status")
  said=${said//'%'/%25}
  printf '::error title=dataaudit::%s\n' "${said#error: }"
fi
printf 'status=%s\n' "$status" >>"$GITHUB_OUTPUT"
