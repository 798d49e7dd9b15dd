# shellcheck shell=bash
# What a person reads: sentences, warnings, errors and the clock in front of them. When the terminal
# or the pipe is gone nobody reads on, and that must not stop the work: hence each `|| true`.

# quiet=yes silences `say`, never `warn` or `die`.
quiet=${quiet:-no}

# say TEXT…: one line for the person watching.
say() {
    [[ $quiet == yes ]] || printf '%s\n' "$*" 2>/dev/null || true
}

# say_at TEXT…: the same with the time of day in front, for things that happen while a system runs.
say_at() {
    say "$(printf '%(%H:%M:%S)T' -1) $*"
}

warn() {
    printf '%s: %s\n' "${program:-infra}" "$*" >&2 || true
}

# die TEXT…: ends the program because something went wrong.
die() {
    warn "$*"
    exit 1
}

# die_of_usage TEXT…: ends the program because it was called wrongly.
die_of_usage() {
    warn "$*"
    warn "try '${program:-infra} --help'"
    exit 2
}

# need_value OPTION COUNT: an option that takes a value was given as the last of COUNT words.
need_value() {
    (($2 >= 2)) || die_of_usage "$1 needs a value"
}

# seconds_now: seconds since boot, with a fraction cut off; the clock for every deadline here.
seconds_now() {
    local uptime rest
    read -r uptime rest </proc/uptime
    printf '%s\n' "${uptime%%.*}"
}

# show_end_of FILE: the last lines of a log, indented, where somebody must see why a program ended.
show_end_of() {
    [[ -r $1 ]] || return 0
    warn "the last lines of $1:"
    tail -n 15 -- "$1" | sed 's/^/    /' >&2
}
