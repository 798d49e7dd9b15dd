# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# The parts that `boxoffice load` measures: many users who stay connected, and an event beside a hot
# one. What it found it tells in a file of JSON, which of_load alone knows how to read; how much was
# accepted is counted here, by the ingress.

load_warm_up=2 beside_users=50 beside_rate=100 heavy_connections=8 heavy_limit=1000

# run_load NAME STYLE RATE: one event, the load's own; sets load_file and decided (bookings). Fails
# when the load could not be done.
run_load() {
    local name=$1 style=$2 rate=$3 decided_before accepted
    wait_until_settled
    decided_before=$(count_decided) accepted=$(count_accepted)
    load_with "$name" "$users" "$rate" "$style" || return 1
    wait_until_settled
    decided=$(($(count_decided) - decided_before))
    accepted=$(($(count_accepted) - accepted))
    ((decided >= accepted)) ||
        fail "$name: $accepted bookings were accepted, but only $decided have an outcome"
    add_cost "$name" booking "$decided" "$(client_microseconds)"
}

# load_with NAME USERS RATE STYLE [COMMAND WORD…]: sets load_file; a command goes before the load's own.
# Fails when the load was not done at all.
load_with() {
    local name=$1 users=$2 rate=$3 style=$4
    shift 4
    load_file=$runs/$name.json
    rm -f -- "$load_file"
    run_client "$name" "$@" "$boxoffice" load --url "$url" --users "$users" \
        --rate "$(printf %.0f "$rate")" --duration "$seconds" --warmup "$load_warm_up" \
        --style "$style" --events 1 --json "$load_file" || load_went_wrong
}

# load_went_wrong: fails when the load was not done at all.
load_went_wrong() {
    fail "$name: $(tail --quiet --lines 1 -- "$runs/$name.out" "$runs/$name.err" | paste -s -d ' ')"
    [[ -s $load_file ]]
}

count_accepted() {
    sum_of_metric boxoffice_bookings_accepted_total
}

# of_load KIND MEMBER: out of $load_file, of one kind of latency; nothing when it is not there.
of_load() {
    [[ -s $load_file ]] || return 0
    jq --raw-output --arg kind "$1" --arg member "$2" \
        'first(.latencies[]? | select(.kind == $kind and .count > 0) | .[$member]) // empty' \
        "$load_file" 2>/dev/null || true
}

# add_p99 PART WHAT KIND: the time that 99 % do not exceed, as a figure, or a gap.
add_p99() {
    local p99 median most
    p99=$(of_load "$3" p99Milliseconds)
    median=$(of_load "$3" p50Milliseconds) most=$(of_load "$3" maxMilliseconds)
    if [[ -z $p99 ]]; then
        add_gap "$1" "$2, 99 %" ms "the load does not tell it; see $load_file"
        return
    fi
    local note
    note="median $(round "${median:-0}" ms) ms, most $(round "${most:-0}" ms) ms"
    add_figure "$1" "$2, 99 %" ms "$p99" '' '' "$note"
    say "    $2: 99 % within $(round "$p99" ms) ms ($note)"
}

part_users() {
    local style rate
    need_hot_rate
    rate=$(calc "$(median_of hot) / 3")
    say_at "users: $users connected, $(round "$rate" /s) bookings/s offered"
    forget_memory_peaks
    add_memory users "before"
    meanwhile=watch_memory
    for style in poll wait; do
        run_load "users-$style" "$style" "$rate" || true
    done
    meanwhile=:
    load_file=$runs/users-poll.json
    add_p99 users "$users users: POST to 202" "POST to 202"
    load_file=$runs/users-wait.json
    add_p99 users "$users users: POST to outcome" "POST to outcome"
    add_figure users "the ingress's memory, meanwhile" MB "$(megabytes "${memory_most[ingress]}")"
    add_figure users "the worker's memory, meanwhile" MB "$(megabytes "${memory_most[worker]}")"
    add_memory users "after"
    add_memory users "peak" VmHWM
    check_books users
    tell_costs users-poll users-wait
}

# add_memory PART WHEN [FIELD]: of both programs.
add_memory() {
    local name mb
    for name in ingress worker; do
        mb=$(megabytes "$(memory_of "${pid_of[$name]}" "${3:-VmRSS}")")
        add_figure "$1" "the $name's memory, $2" MB "$mb"
        say "    the $name's memory, $2: $mb MB"
    done
}

# megabytes KILOBYTES
megabytes() {
    printf '%.0f\n' "$(calc "${1:-0} / 1024")"
}

# part_beside: what a hot event costs another one.
part_beside() {
    new_hot_event
    warm_up "$runs/hot"
    measure_beside beside "beside the hot event" "$booking_connections" "$runs/buyers"
}

# part_heavy: what a buyer with very many bookings costs another event of the shard. There is but one
# shard, so that both are in it.
part_heavy() {
    local shard_count=1 rate_limits=off
    start_afresh
    new_heavy_buyer
    measure_beside heavy "beside a buyer of $fill_rows" "$heavy_connections" "$runs/heavy-buyer"
}

# new_heavy_buyer: who has $fill_rows bookings of the hot event, each of which counts against a limit.
new_heavy_buyer() {
    local query_seconds_max=$fill_seconds_max buyer
    new_hot_event "$heavy_limit"
    (umask 077 && head -n 1 "$runs/buyers" >"$runs/heavy-buyer")
    buyer=$(call_api GET /v1/users/me "$(<"$runs/heavy-buyer")" '' | jq --raw-output .id)
    say_at "filling the shard with bookings of one buyer: $fill_rows"
    stop_program worker
    stop_program ingress
    query_postgres boxoffice_shard_0 < <(
        printf '\\set %s %s\n' event "$hot_event" buyer "$buyer" rows "$fill_rows"
        cat -- "$infra/lib/bench/heavy.sql"
    ) || die "the shard could not be filled; see $postgres_log"
    start_programs
    warm_up "$runs/hot"
}

# measure_beside PART NAME CONNECTIONS BUYERS: in each round another event is booked alone, and while the
# hot event is booked by these buyers as fast as can be.
measure_beside() {
    local part=$1 connections=$3 buyers=$4 names=("beside nothing" "$2") name round p99 hot
    for ((round = 1; round <= rounds; round++)); do
        for name in "${names[@]}"; do
            hot=$(count_sold)
            run_beside "$name" "$connections" "$buyers" || return 0
            wait_until_settled
            hot=$(($(count_sold) - hot))
            [[ $name == "beside nothing" ]] || ((hot > 0)) ||
                fail "$name: the hot event was not booked meanwhile"
            p99=$(of_load "POST to outcome" p99Milliseconds)
            [[ -n $p99 ]] || { fail "$name: the load tells no times" && return; }
            add_to_series "$part, $name" "$p99"
            say_at "$name: 99 % within $(round "$p99" ms) ms, $hot places sold"
        done
    done
    check_books "$part"
    for name in "${names[@]}"; do
        add_figure_of "$part" "another event, $beside_rate/s, $name: POST to outcome, 99 %" ms \
            "$part, $name"
    done
}

# run_beside NAME CONNECTIONS BUYERS: the hot event is booked from the start of the load's warm-up to its
# end.
# shellcheck disable=SC2016 # for another bash
run_beside() {
    local beside=() script='wrk --threads 1 --connections "$1" --duration "$2s" --timeout "$3" \
        --script "$4/lib/bench/booking.lua" "$5" -- "$6" "$7" "$8" >/dev/null & wrk=$!
        "${@:9}"; status=$?; kill -INT "$wrk"; wait "$wrk"; exit "$status"'
    [[ $1 == "beside nothing" ]] ||
        beside=(bash -c "$script" bash "$2" $((seconds + 60)) "$wrk_timeout" "$infra" "$url"
            "$runs/hot" "$3" "$(random_hex 8)")
    load_with beside "$beside_users" "$beside_rate" wait "${beside[@]}"
}
