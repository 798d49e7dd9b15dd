# shellcheck shell=bash
# shellcheck disable=SC2154 # infra/run shares its variables
# Looks after the ingress, the fleet of workers and the two servers: whoever dies is started again.
# The fleet is `boxoffice scale`, which itself starts its workers again; what it does is told here.

# Times in seconds. A program that lives shorter than short_life has died "at once" and waits before
# the next start: 1, 2, 4 … up to backoff_max.
look_every=0.5 short_life=5 backoff_max=10 ready_seconds_max=60 program_stop_seconds_max=35

# For each program: its process ('' while it waits to be started), when it started, how long the
# last wait was, and when the next start is due.
declare -A pid_of=() started_at=() backoff_of=() due_at=()
# The servers as last seen, and the `infra/services start` that mends them, if one runs.
declare -A server_pid=([postgres]='' [broker]='' [epmd]='')
declare -A server_process=([postgres]=postgres [broker]=beam.smp [epmd]=epmd)
mending_pid='' mending_names=''
# The workers of the fleet as last seen, their pids in one line.
workers_seen=''

# start_program NAME: ingress or worker (the fleet), with its log in $dir/log. It stops by itself
# when we are killed (pdeathsig).
start_program() {
    local name=$1 command=(serve) management=$management_port
    [[ $name == ingress ]] ||
        command=(scale --max "$workers_max") management=$worker_management_port
    command+=(--config "$dir/settings/$name.json" --management-port "$management")
    [[ $name != ingress ]] || command+=(--http-host 127.0.0.1 --http-port "$http_port")
    (
        close_inherited_files
        clean_environment
        exec setsid setpriv --pdeathsig TERM "${clean[@]}" "$boxoffice" "${command[@]}"
    ) </dev/null >>"$dir/log/$name.log" 2>&1 &
    pid_of[$name]=$!
    started_at[$name]=$(seconds_now)
    due_at[$name]=''
}

# wait_until_ready NAME PORT: until its /readyz says so. Ends the program when it cannot.
wait_until_ready() {
    local name=$1 port=$2 deadline=$(($(seconds_now) + ready_seconds_max))
    until curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$port/readyz"; do
        if ! pid_is_alive "${pid_of[$name]}"; then
            show_end_of "$dir/log/$name.log"
            die "the $name ended while it was starting"
        fi
        if (($(seconds_now) >= deadline)); then
            curl --silent --max-time 2 "http://127.0.0.1:$port/readyz" >&2 || true
            show_end_of "$dir/log/$name.log"
            die "the $name is not ready after $ready_seconds_max s"
        fi
        pause 0.2
    done
}

# watch_everybody: one look at all.
watch_everybody() {
    watch_program ingress
    watch_program worker
    watch_workers
    watch_servers
    watch_logs
}

# find_workers: the children of the fleet, whoever they are now.
find_workers() {
    local children=()
    [[ -z ${pid_of[worker]} ]] || mapfile -t children < <(pids_of_parent "${pid_of[worker]}")
    workers_seen=${children[*]}
}

# watch_workers: tells who has come and gone; why, the fleet's log says.
watch_workers() {
    local before=$workers_seen
    find_workers
    [[ $workers_seen != "$before" ]] || return 0
    say_at "workers: ${workers_seen:-none} (before: ${before:-none}; see $dir/log/worker.log)"
}

# supervise: for ever.
supervise() {
    while :; do
        watch_everybody
        pause "$look_every"
    done
}

watch_program() {
    local name=$1
    if [[ -n ${pid_of[$name]} ]]; then
        pid_is_alive "${pid_of[$name]}" || program_died "$name"
    elif (($(seconds_now) >= due_at[$name])); then
        start_program "$name"
        say_at "$name started again (pid ${pid_of[$name]})"
    fi
}

# program_died NAME: says so, and starts it again, at once or a little later.
program_died() {
    local name=$1 status=0 how
    wait "${pid_of[$name]}" || status=$?
    how=$(manner_of_death "$status")
    if (($(seconds_now) - started_at[$name] >= short_life)); then
        backoff_of[$name]=0
        start_program "$name"
        say_at "$name died ($how), started again (pid ${pid_of[$name]})"
        return 0
    fi
    pid_of[$name]=''
    next_backoff "$name"
    say_at "$name died ($how) soon after its start; the next start is in ${backoff_of[$name]} s" \
        "(see $dir/log/$name.log)"
}

# next_backoff NAME
next_backoff() {
    local seconds=$((${backoff_of[$1]:-0} * 2))
    ((seconds > 0)) || seconds=1
    ((seconds <= backoff_max)) || seconds=$backoff_max
    backoff_of[$1]=$seconds
    due_at[$1]=$(($(seconds_now) + seconds))
}

# manner_of_death STATUS: "signal 9" or "exit 1".
manner_of_death() {
    if (($1 > 128)); then
        printf 'signal %s\n' $(($1 - 128))
    else
        printf 'exit %s\n' "$1"
    fi
}

find_servers() {
    server_pid=([postgres]=$(postgres_pid) [broker]=$(broker_pid) [epmd]=$(epmd_pids))
}

# server_is_up NAME: whether the process seen last is still there and still that program.
server_is_up() {
    local pid=${server_pid[$1]} name
    [[ -n $pid ]] && pid_is_alive "$pid" || return 1
    { read -r name <"/proc/$pid/comm"; } 2>/dev/null
    [[ $name == "${server_process[$1]}" ]]
}

# watch_servers: one `infra/services start` mends whatever is down; meanwhile the programs are
# watched as ever.
watch_servers() {
    if [[ -n $mending_pid ]]; then
        pid_is_alive "$mending_pid" || servers_mended
        return 0
    fi
    ! { server_is_up postgres && server_is_up broker && server_is_up epmd; } || return 0
    # Somebody else may have mended it already.
    find_servers
    local name down=()
    for name in postgres broker epmd; do
        [[ -n ${server_pid[$name]} ]] || down+=("$name")
    done
    ((${#down[@]} > 0)) || return 0
    ((${due_at[servers]:-0} <= $(seconds_now))) || return 0
    mending_names=${down[*]}
    say_at "${mending_names// / and } died, starting again"
    mend_servers
}

mend_servers() {
    started_at[servers]=$(seconds_now)
    (
        close_inherited_files
        exec setsid setpriv --pdeathsig TERM "$infra/services" start --quiet --dir "$dir"
    ) </dev/null >>"$dir/log/services.log" 2>&1 &
    mending_pid=$!
}

servers_mended() {
    local status=0 name pids=''
    wait "$mending_pid" || status=$?
    mending_pid=''
    if ((status != 0)); then
        next_backoff servers
        say_at "${mending_names// / and } could not be started; the next try is in" \
            "${backoff_of[servers]} s (see $dir/log/services.log)"
        return 0
    fi
    find_servers
    for name in $mending_names; do
        pids+="${pids:+, }$name pid ${server_pid[$name]}"
    done
    backoff_of[servers]=0
    say_at "${mending_names// / and } up again ($pids)"
}

# stop_program NAME: asks it to end, and waits; by force when that takes too long.
stop_program() {
    local pid=${pid_of[$1]:-}
    [[ -n $pid ]] || return 0
    pid_of[$1]=''
    kill -TERM "$pid" 2>/dev/null || true
    if wait_until_none "$program_stop_seconds_max" pids_of_session "$pid"; then
        say "Stopped the $1."
    else
        kill_all pids_of_session "$pid"
        say "Killed the $1, which had not stopped yet."
    fi
}

# stop_mending: an `infra/services start` under way is asked to end; it takes its servers with it.
stop_mending() {
    [[ -n $mending_pid ]] || return 0
    kill -TERM "$mending_pid" 2>/dev/null || true
    wait_until_none 10 pids_of_session "$mending_pid" || kill_all pids_of_session "$mending_pid"
    mending_pid=''
}
