#!/bin/sh
# Run every check, each with its name and its time, and stop at the first that fails. `make check` prepares .venv and calls this.
# Give the names of steps to run only those: scripts/check.sh lint types
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
# The tests start hundreds of processes; without kept bytecode each of them compiles every module anew, for seconds.
unset PYTHONDONTWRITEBYTECODE
wanted=${*:-"format lint types imports security migrations tests"}

say() { printf 'check: %s\n' "$*" >&2; }

# What the tests from outside need. Here it is only said; the tests themselves skip without it, or fail where CI=true.
look_for() {
  for candidate in "$@"; do
    if command -v "$candidate" >/dev/null 2>&1 || [ -x "$candidate" ]; then return 0; fi
  done
  return 1
}
outside() {
  look_for chromium chromium-browser google-chrome "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "$HOME"/.cache/ms-playwright/chromium-*/chrome-linux*/chrome \
    "$HOME"/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/* ||
    say "no Chromium: sudo apt-get install chromium (Debian), brew install --cask chromium (macOS), or .venv/bin/playwright install chromium"
  look_for initdb /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql@*/bin/initdb /usr/local/opt/postgresql@*/bin/initdb ||
    say "no PostgreSQL: sudo apt-get install postgresql (Debian, Ubuntu) or brew install postgresql@17 (macOS)"
  look_for redis-server || say "no Redis: sudo apt-get install redis-server (Debian, Ubuntu) or brew install redis (macOS)"
  look_for clamd /usr/sbin/clamd || say "no clamd: sudo apt-get install clamav-daemon (Debian, Ubuntu) or brew install clamav (macOS)"
  look_for dnsdist && look_for kdig && look_for named-checkzone && look_for unbound /usr/sbin/unbound && look_for dnsmasq /usr/sbin/dnsmasq ||
    say "no dnsdist, kdig, BIND, Unbound or dnsmasq: sudo apt-get install dnsdist knot-dnsutils bind9 bind9-utils unbound dnsmasq-base (Debian, Ubuntu)"
  look_for pdns_recursor /usr/sbin/pdns_recursor && look_for dnsperf && look_for curl ||
    say "no PowerDNS Recursor, dnsperf or curl: sudo apt-get install --no-install-recommends pdns-recursor dnsperf curl (Debian, Ubuntu)"
  look_for caddy || say "no Caddy: sudo apt-get install caddy (Debian, Ubuntu) or brew install caddy (macOS)"
  look_for dig || say "no dig: sudo apt-get install bind9-dnsutils (Debian, Ubuntu) or brew install bind (macOS)"
}

migrations() {
  folder=$(mktemp -d)
  status=0
  LEEWARD_DATA_DIR=$folder leeward makemigrations --check --dry-run || status=$?
  rm -rf "$folder"
  return "$status"
}

# Two cores carry browsers, databases and kills at once, and a test that waits for a moment can miss it. So what failed is run
# once more, alone. What fails again is a fault; what does not is named, to be mended first. More than five are no accident.
run_tests() {
  status=0
  pytest -n 2 --dist worksteal --durations=10 || status=$?
  [ "$status" -eq 1 ] || return "$status"
  failed=$(python -c 'import json, pathlib; print(len(json.loads(pathlib.Path(".pytest_cache/v/cache/lastfailed").read_text())))')
  [ "$failed" -le 5 ] || return "$status"
  say "$failed failed; once more, alone"
  pytest --last-failed --last-failed-no-failures none -p no:xdist -p no:randomly -rA || return "$status"
  say "UNSTEADY: the tests above passed alone and failed beside others; mend them first"
}

# Ruff's own S rules look at every line and want a reason beside each exception, so Bandit looks only for what is
# not low, and leaves «0.0.0.0» (B104) to Ruff.
step() {
  case $1 in
    format) ruff format --check . ;;
    lint) ruff check . ;;
    types) mypy && mypy conftest.py tests benchmarks examples ;;
    imports) lint-imports ;;
    security) bandit -q -r src -x '*/tests/*' -ll -s B104 ;;
    migrations) migrations ;;
    tests) outside && run_tests ;;
    *) say "there is no step «$1»; the steps are: format lint types imports security migrations tests" && return 2 ;;
  esac
}

for name in $wanted; do
  begun=$(date +%s)
  status=0
  step "$name" || status=$?
  took=$(($(date +%s) - begun))
  if [ "$status" -ne 0 ]; then
    say "$name FAILED after $took s (status $status)"
    exit "$status"
  fi
  say "$name passed in $took s"
done
