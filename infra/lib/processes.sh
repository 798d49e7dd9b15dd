# shellcheck shell=bash
# Finding, watching and ending processes, by what they are and never by name alone.
# A pid file can lie after a crash, so nothing here trusts one: servers are found by their
# environment or their working directory, both of which end with the process.

# pid_is_alive PID: whether the process exists and is more than a zombie.
pid_is_alive() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    line=${line##*) }
    [[ $line != [ZX]* ]]
}

# name_of_pid PID: the short name of a process, as the kernel keeps it.
name_of_pid() {
    cat "/proc/$1/comm" 2>/dev/null || true
}

# pids_with_environment NAME=VALUE: everybody that was started with this in the environment.
pids_with_environment() {
    grep --no-messages --files-with-matches --null-data --line-regexp --fixed-strings \
        -e "$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3 || true
}

# pids_in_folder PATH: everybody whose working directory this is.
pids_in_folder() {
    local link folder
    find /proc -mindepth 2 -maxdepth 2 -path '/proc/[0-9]*/cwd' -printf '%p %l\n' 2>/dev/null |
        while read -r link folder; do
            [[ $folder != "$1" ]] || printf '%s\n' "$(cut -d / -f 3 <<<"$link")"
        done || true
}

# pids_of_session PID: everybody in the session which that process leads.
pids_of_session() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '
        { pid = $1; sub(/^.*\) /, ""); if ($4 == session && $1 != "Z") print pid }' || true
}

# pids_of_parent PID: the children of that process.
pids_of_parent() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v parent="$1" '
        { pid = $1; sub(/^.*\) /, ""); if ($2 == parent && $1 != "Z") print pid }' || true
}

# wait_until_none SECONDS LIST_COMMAND…
# Until the command lists no pid any more; fails when the time is up, or somebody is in a hurry.
wait_until_none() {
    local deadline=$(($(seconds_now) + $1))
    shift
    while [[ -n $("$@") ]]; do
        [[ -z ${in_a_hurry:-} ]] && (($(seconds_now) < deadline)) || return 1
        sleep 0.05
    done
}

# kill_all LIST_COMMAND…: kill -9 for everybody the command lists, until it lists nobody.
kill_all() {
    local pids deadline=$(($(seconds_now) + 10))
    while pids=$("$@") && [[ -n $pids ]]; do
        # shellcheck disable=SC2086 # one word for each pid
        kill -KILL $pids 2>/dev/null || true
        (($(seconds_now) < deadline)) || die "could not kill: ${pids//$'\n'/ }"
        sleep 0.05
    done
}
