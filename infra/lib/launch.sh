# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the programs that source this share its variables
# Starting a server so that it outlives the script and holds on to nothing of it.

# How long a server may take to answer, and to end in good order; after that it is ended by force.
start_seconds_max=120 stop_seconds_max=30

# launch FOLDER LOG COMMAND…: runs the command in a session of its own, in that folder, with its
# output added to the log. Sets launched_pid.
launch() {
    local folder=$1 log=$2
    shift 2
    (
        cd -- "$folder" || exit 1
        close_inherited_files
        exec setsid "$@"
    ) </dev/null >>"$log" 2>&1 &
    launched_pid=$!
    disown "$launched_pid"
}

# close_inherited_files: a server must not keep a lock, or the pipe of one who waits for its end.
close_inherited_files() {
    local path file
    for path in /proc/self/fd/*; do
        file=${path##*/}
        ((file <= 2)) || eval "exec $file>&-"
    done
}

# wait_until_answers NAME LOG PID ANSWERS LIST_PIDS: until the server answers. Ends the program when
# the server ends, or the time is up. PID is empty for a server somebody else started.
wait_until_answers() {
    local name=$1 log=$2 pid=$3 answers=$4 list_pids=$5
    local deadline=$(($(seconds_now) + start_seconds_max))
    until "$answers"; do
        if ! { [[ -n $pid ]] && pid_is_alive "$pid"; } && [[ -z $("$list_pids") ]]; then
            show_end_of "$log"
            die "$name ended while it was starting"
        fi
        if (($(seconds_now) >= deadline)); then
            show_end_of "$log"
            die "$name runs but does not answer after $start_seconds_max s"
        fi
        sleep 0.1
    done
}
