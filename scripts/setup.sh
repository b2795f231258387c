#!/bin/sh
# Prepare .venv from a hash-pinned lock. Usage: scripts/setup.sh run|dev
# Needs only a Python 3 with the venv module; uv finds or downloads a Python that fits .python-version.
set -eu
kind=${1:-run}
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }

stamp_of() { cat .python-version pyproject.toml "requirements/$1.lock" requirements/uv.lock | cksum; }

fresh() { [ -x .venv/bin/leeward ] && [ "$(cat ".venv/stamp-$1" 2>/dev/null)" = "$(stamp_of "$1")" ]; }

if fresh "$kind" || { [ "$kind" = run ] && fresh dev; }; then exit 0; fi

if [ ! -x .tools/bin/uv ]; then
  say "fetching uv, the installer"
  project=$(pwd)
  # From /, so that a version file in this folder does not decide which Python runs the bootstrap.
  if ! (cd / && python3 -m venv "$project/.tools") >/dev/null 2>&1; then
    rm -rf .tools
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      say "this Python has no venv module; installing python3-venv"
      apt-get update -qq && apt-get install -y -qq -o DPkg::Lock::Timeout=300 python3-venv >/dev/null
      (cd / && python3 -m venv "$project/.tools")
    else
      say "this Python 3 has no venv module. On Debian or Ubuntu: sudo apt-get install python3-venv"
      exit 2
    fi
  fi
  .tools/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock
fi

say "installing the packages of requirements/$kind.lock (hash-checked)"
if [ ! -x .venv/bin/python ]; then
  if ! .tools/bin/uv venv -q --allow-existing .venv; then
    say "no Python $(cat .python-version) was found or could be downloaded: install it (3.12 or newer), then run this again"
    exit 2
  fi
fi
.tools/bin/uv pip sync -q --python .venv/bin/python --require-hashes "requirements/$kind.lock"
.tools/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation-package leeward -e . 2>/dev/null ||
  .tools/bin/uv pip install -q --python .venv/bin/python --no-deps -e .
say "compiling what uploads are compared with, once"
.venv/bin/python scripts/compile.py
rm -f .venv/stamp-*
stamp_of "$kind" > ".venv/stamp-$kind"
