#!/usr/bin/env bash
# pip 25.3 (and 23.2.1)
#
# `pip config list` shows what pip's files of settings say, so one asks it why pip installs into the home folder. But
# a `user = true` in a file for all users is also taken for the option --user of `pip config` itself, which shows the
# user's file only: the one line that is looked for is missing, and with it all others of that file.
#
# Seen: 'listed: ""   with PIP_USER=0: "global.timeout=7 global.user=true"'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==25.3
printf '[global]\nuser = true\ntimeout = 7\n' >env/pip.conf # of the environment, for all its users
listed() {
    env -u PIP_CONFIG_FILE HOME="$folder" "$@" env/bin/python -m pip config list |
        grep -E '^global\.(user|timeout)=' | tr -d "'" | paste -sd ' ' || true
}
first=$(listed A=1)
second=$(listed PIP_USER=0)
echo "listed: \"$first\"   with PIP_USER=0: \"$second\""
[ "$first" = "" ] && [ "$second" = "global.timeout=7 global.user=true" ]
