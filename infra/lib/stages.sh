# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the programs that source this share its variables
# Work that can be stopped at any moment. Each stage runs in a session of its own, so that Ctrl-C at
# the terminal reaches only us, and all of a stage (compilers included) can be found and ended.

# Traps only set a variable: what is to be done is done by the code that looks at it, never inside a
# trap, where bash 5.2 can crash.

# The stage that runs now, if one does, and what is to be done again and again while it runs.
stage_pid='' meanwhile=:
# Set by the traps: the first signal, and those that come while we are stopping already.
stop_asked='' in_a_hurry=''

# bash tells everybody when a child of its is killed, unless that signal has a trap, though it can
# never run: we say ourselves what happened. And a reader that is gone (`infra/run | tee log` and
# Ctrl-C) must not end us before all is stopped.
# shellcheck disable=SC2173
trap : KILL PIPE

# heed_signals: ends the program when somebody asked for it.
heed_signals() {
    [[ -n $stop_asked ]] || return 0
    say
    say "Stopping."
    exit "${status_when_stopped:-0}"
}

# run_stage COMMAND…: runs it and returns its exit status.
run_stage() {
    start_stage true "$@"
    wait_for_stage
}

# run_stage_after FUNCTION COMMAND…: the same, with the function run first where it changes the
# command's environment and nothing else.
run_stage_after() {
    start_stage "$@"
    wait_for_stage
}

# start_stage FUNCTION COMMAND…: the same, without waiting.
start_stage() {
    (
        "$1"
        shift
        close_inherited_files
        exec setsid "$@"
    ) </dev/null &
    stage_pid=$!
}

# run_to_its_end COMMAND…: the same within our own session (sudo may ask at the terminal), and never
# cut short; heed_signals is the caller's to call.
run_to_its_end() {
    local pid status=0 told=''
    "$@" &
    pid=$!
    while pid_is_alive "$pid"; do
        [[ -z $stop_asked || -n $told ]] || say "Letting the installation of packages finish first."
        told=$stop_asked
        sleep 0.2
    done
    wait "$pid" || status=$?
    return $status
}

# wait_for_stage: looks again and again, because a signal just before a plain `wait` would be lost.
wait_for_stage() {
    local status=0
    while pid_is_alive "$stage_pid"; do
        "$meanwhile"
        pause 0.2
    done
    wait "$stage_pid" || status=$?
    stage_pid=''
    return $status
}

# pause SECONDS: a sleep that ends early when a signal comes.
pause() {
    sleep "$1" &
    wait $! || true
    heed_signals
}

# end_stage: ends the stage that runs now, if one does: its leader, then everybody, then by force.
end_stage() {
    [[ -n $stage_pid ]] || return 0
    local pid=$stage_pid
    stage_pid=''
    kill -TERM "$pid" 2>/dev/null || true
    if ! wait_until_none 3 pids_of_session "$pid"; then
        signal_session TERM "$pid"
        wait_until_none 7 pids_of_session "$pid" || kill_all pids_of_session "$pid"
    fi
}

# signal_session SIGNAL PID: to everybody in the session which that process leads.
signal_session() {
    local pids
    mapfile -t pids < <(pids_of_session "$2")
    ((${#pids[@]} == 0)) || kill -s "$1" "${pids[@]}" 2>/dev/null || true
}

# stop_servers: those of $dir, in order; killed when somebody is in a hurry.
stop_servers() {
    local pid=''
    if [[ -z $in_a_hurry ]]; then
        setsid "$infra/services" stop --quiet --dir "$dir" &
        pid=$!
    fi
    while [[ -z $in_a_hurry ]] && pid_is_alive "$pid"; do sleep 0.1; done
    if [[ -n $in_a_hurry ]]; then
        [[ -z $pid ]] || kill_all pids_of_session "$pid"
        "$infra/services" kill postgres --quiet --dir "$dir"
        "$infra/services" kill broker --quiet --dir "$dir"
    else
        wait "$pid"
    fi
}
