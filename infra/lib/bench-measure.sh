# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# One measurement each: a client at work, and what the machine spent meanwhile. Every function sets
# rate, and adds it to the series of its label.

booking_connections=256 reading_connections=64
# No request is given up before its outcome can be there.
wrk_timeout=40s
warm_up_seconds_max=3

# Runs a command and writes what CPU it took, in seconds: "user system".
# shellcheck disable=SC2016 # for another bash
timed_command='TIMEFORMAT="%U %S"; { time "${@:2}" 2>&3; } 3>&2 2>"$1"'

# client_settings: pgbench is the superuser; the others have no use for it.
client_settings() {
    bench_settings
    export PGPASSWORD=$superuser_password
}

# run_client NAME COMMAND…: with its output in $runs/NAME.out, between two looks at the CPU.
# Returns its exit status.
run_client() {
    local name=$1 status=0
    shift
    servers_used=yes
    look_at_cpu look_before
    start_stage client_settings bash -c "$timed_command" bash "$runs/cpu" "$@" \
        >"$runs/$name.out" 2>"$runs/$name.err"
    wait_for_stage || status=$?
    look_at_cpu look_after
    need_programs_alive
    return $status
}

# client_microseconds: of the last client.
client_microseconds() {
    local user system
    read -r user system <"$runs/cpu"
    printf '%.0f\n' "$(calc "1000000 * ($user + $system)")"
}

# run_wrk NAME SCRIPT CONNECTIONS SECONDS URL WORD… [-- WORD…]: sets result to its line of JSON.
run_wrk() {
    local name=$1 script=$2 connections=$3 seconds=$4
    shift 4
    run_client "$name" wrk --threads 1 --connections "$connections" --duration "${seconds}s" \
        --timeout "$wrk_timeout" --script "$infra/lib/bench/$script" "$@" ||
        die "wrk failed: $(tail -n 3 "$runs/$name.err")"
    result=$(sed -n 's/^RESULT //p' "$runs/$name.out")
    [[ -n $result ]] || die "wrk told nothing; see $runs/$name.out"
}

# of_result FILTER: out of the last line of JSON.
of_result() {
    jq --raw-output "$1" <<<"$result"
}

# book EVENTS SECONDS: wrk books; sets result and rate. Only a 201 is a booking.
book() {
    run_wrk booking booking.lua "$booking_connections" "$2" "$url" -- \
        "$1" "$runs/buyers" "$(random_hex 8)"
    rate=$(of_result '(.statuses["201"] // 0) / .seconds')
}

# with_connections COUNT COMMAND WORD…: books from so many connections, instead of the usual ones.
with_connections() {
    local booking_connections=$1
    "${@:2}"
}

# warm_up EVENTS: what everybody does for the first time is not measured.
warm_up() {
    book "$1" "$((seconds < warm_up_seconds_max ? seconds : warm_up_seconds_max))"
    wait_until_settled
}

# measure_bookings LABEL EVENTS
measure_bookings() {
    local before booked sent others
    before=$(count_sold)
    book "$2" "$seconds"
    read -r booked sent others < <(of_result '"\(.statuses["201"] // 0) \(.sent) " +
        ([.statuses | to_entries[] | select(.key != "201") | "\(.value) of \(.key)"]
            + [select(.broken > 0) | "\(.broken) broken"] | join(", "))')
    ((booked > 0)) || die "$1: nothing was booked (${others:-no answer}); see $dir/log"
    [[ -z $others ]] || remark "$1: answers other than 201: $others"
    add_cost "$1" booking "$booked" "$(client_microseconds)"
    add_to_series "$1" "$rate"
    check_sales "$1" "$before" "$booked" "$sent"
    say_at "$1: $(round "$rate" /s) bookings/s"
}

# measure_reads LABEL EVENTS WORD… URL: wrk reads the URL, or the events that the file EVENTS names.
measure_reads() {
    local label=$1 events=$2
    shift 2
    run_wrk reading reading.lua "$reading_connections" "$seconds" "$@" -- \
        "$runs/buyers" ${events:+"$events"}
    [[ $(of_result '.refused + .broken + .late') == 0 ]] ||
        fail "$label: not every answer was good: $result"
    rate=$(of_result '.requests / .seconds')
    add_cost "$label" read "$(of_result .requests)" "$(client_microseconds)"
    add_to_series "$label" "$rate"
    say_at "$label: $(round "$rate" /s) reads/s"
}

# measure_pgbench LABEL DATABASE SCRIPT CLIENTS ROWS WORD…: rows written a second, so many with each
# transaction.
measure_pgbench() {
    local label=$1 database=$2 script=$3 clients=$4 rows=$5 count
    shift 5
    run_client pgbench "$postgres_programs/pgbench" --no-vacuum --protocol prepared \
        --client "$clients" --jobs "$((clients < cores ? clients : cores))" --time "$seconds" \
        --host 127.0.0.1 --port "$postgres_port" --username postgres \
        --file "$infra/lib/bench/$script" "$@" "$database" ||
        die "pgbench failed: $(tail -n 3 "$runs/pgbench.err")"
    rate=$(sed -nE 's/^tps = ([0-9.]+).*/\1/p' "$runs/pgbench.out")
    count=$(sed -nE 's/^number of transactions actually processed: ([0-9]+).*/\1/p' \
        "$runs/pgbench.out")
    [[ -n $rate && -n $count ]] || die "pgbench told nothing; see $runs/pgbench.out"
    rate=$(calc "$rate * $rows")
    add_cost "$label" booking "$((count * rows))" "$(client_microseconds)"
    add_to_series "$label" "$rate"
    say_at "$label: $(round "$rate" /s) bookings/s"
}

# sum_of_metric NAME: over all its labels, as the ingress counts.
sum_of_metric() {
    curl --silent --fail --max-time 10 "http://127.0.0.1:$management_port/metrics" |
        awk -v name="$1" 'index($0, name) == 1 { sum += $NF } END { printf "%d\n", sum }'
}

# need_hot_rate: the hot event's rate, for parts that are compared with it.
need_hot_rate() {
    [[ -z ${series[hot]:-} ]] || return 0
    say_at "The hot event's rate first, because it was not measured."
    new_hot_event
    warm_up "$runs/hot"
    measure_bookings hot "$runs/hot"
}
