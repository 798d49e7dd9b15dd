# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# The parts that `boxoffice load` measures: many users who stay connected, and more load than can be
# carried. What it found it tells in a file of JSON, which of_load alone knows how to read; how much
# was accepted, refused and sold is counted here, by the ingress and the databases.

load_warm_up=2 overload_factor=10

# has_load: whether the program can do it at all.
has_load() {
    "$boxoffice" --help 2>/dev/null | grep --quiet --extended-regexp '^  load( |$)'
}

# run_load NAME STYLE RATE: one event, the load's own; sets load_file, decided (bookings), accepted
# and load_began. Fails when the load could not be done.
run_load() {
    local name=$1 style=$2 rate=$3 decided_before accepted_before
    load_file=$runs/$name.json
    rm -f -- "$load_file"
    wait_until_settled
    decided_before=$(count_decided) accepted_before=$(count_accepted)
    load_began=$EPOCHSECONDS
    count_answers >"$runs/answers-before"
    run_client "$name" "$boxoffice" load --url "$url" --users "$users" \
        --rate "$(printf %.0f "$rate")" --duration "$seconds" --warmup "$load_warm_up" \
        --style "$style" --events 1 --json "$load_file" || load_went_wrong || return 1
    wait_until_settled
    count_answers >"$runs/answers-after"
    decided=$(($(count_decided) - decided_before))
    accepted=$(($(count_accepted) - accepted_before))
    ((decided >= accepted)) ||
        fail "$name: $accepted bookings were accepted, but only $decided have an outcome"
    add_cost "$name" booking "$decided" "$(client_microseconds)"
}

# load_went_wrong: fails when the load was not done at all.
load_went_wrong() {
    fail "$name: $(tail --quiet --lines 1 -- "$runs/$name.out" "$runs/$name.err" | paste -s -d ' ')"
    [[ -s $load_file ]]
}

# read_metrics: of the ingress.
read_metrics() {
    curl --silent --fail --max-time 10 "http://127.0.0.1:$management_port/metrics"
}

count_accepted() {
    read_metrics |
        awk '/^boxoffice_bookings_accepted_total/ { sum += $NF } END { printf "%d\n", sum }'
}

# count_answers: "status count" for each status that submissions have been answered with so far.
count_answers() {
    read_metrics | sed -nE "/^boxoffice_http_requests_total\{/ {
        /method=\"POST\"/! d
        /route=\"\/v1\/events\/[^\"\/]+\/bookings\"/! d
        s/.*status=\"([0-9]+)\".* ([0-9]+)(\.0*)?\$/\1 \2/p
    }"
}

# new_answers: the same for the last load alone.
new_answers() {
    awk 'FILENAME == ARGV[1] { before[$1] = $2; next }
        $2 > before[$1] { print $1, $2 - before[$1] }' "$runs/answers-before" "$runs/answers-after"
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

part_overload() {
    local wanted could=yes
    need_hot_rate
    new_hot_event
    wanted=$(calc "$(median_of hot) * $overload_factor")
    say_at "overload: $(round "$wanted" /s) bookings/s wanted, open loop, $users connections"
    : >"$runs/probes"
    meanwhile=probe
    run_load overload wait "$wanted" || could=''
    meanwhile=:
    if [[ -z $could ]]; then
        add_gap overload "sold, to the hot event's rate" x "the load could not be done"
        return
    fi
    add_to_series overload "$(sold_per_second)"
    add_offered
    add_figure_of overload "sold meanwhile" /s overload
    add_ratio overload "sold, to the hot event's rate" x overload hot
    add_refusals
    add_p99 overload "POST to outcome, from when it was due" "POST to outcome"
    check_books overload
    tell_costs overload
}

# add_offered: what the client could send of what was wanted, or else what was answered.
add_offered() {
    local offered
    offered=$(of_load "due to sent" perSecond)
    [[ -n $offered ]] ||
        offered=$(calc "$(new_answers | awk '{ sum += $2 } END { print sum + 0 }') /
            ($seconds + $load_warm_up)")
    add_figure overload "sent, of $(round "$wanted" /s) wanted" /s "$offered" '' '' \
        "$users connections, one request at a time on each"
    say "    sent $(round "$offered" /s)/s; accepted $accepted, decided $decided"
}

# probe: one booking more, from a client of its own, which is not waited for: how long a refusal
# takes can be seen by it.
probe() {
    local buyer body
    read -r buyer <"$runs/buyers"
    body="{\"items\":[{\"ticketTypeId\":\"$hot_type\",\"quantity\":1}]}"
    (umask 077 && printf 'Authorization: Bearer %s\n' "$buyer" >"$runs/headers")
    curl --silent --max-time 10 --output /dev/null --write-out '%{http_code} %{time_total}\n' \
        --header @"$runs/headers" --header 'Content-Type: application/json' \
        --header "Idempotency-Key: probe-$(random_hex 8)" --data "$body" \
        "$url/v1/events/$hot_event/bookings" >>"$runs/probes" || true
}

# add_refusals: how many by status, and how long the probes waited for theirs, and for a 202.
add_refusals() {
    local refused words status times median least most
    read -r refused words < <(new_answers | awk '
        $1 >= 400 { sum += $2; words = words (words ? ", " : "") $2 " of " $1 }
        END { print sum + 0, words }')
    add_figure overload "refused" answers "$refused" '' '' "$words"
    say "    refused: ${words:-none}"
    for status in 202 429 503; do
        mapfile -t times < <(
            awk -v status="$status" '$1 == status { print 1000 * $2 }' "$runs/probes"
        )
        ((${#times[@]} > 0)) || continue
        read -r median least most < <(spread_of "${times[@]}")
        add_figure overload "a probe's way to $status, median" ms "$median" "$least" "$most" \
            "${#times[@]} probes"
        say "    a probe's way to $status: median $(round "$median" ms) ms" \
            "($(round "$least" ms) to $(round "$most" ms)) of ${#times[@]}"
    done
}

# sold_per_second: bookings confirmed within the load's own time, from its first decision and its
# warm-up on. The databases say so, whatever the clients were told.
sold_per_second() {
    local first of_load="decided_at >= to_timestamp($load_began) AND status = 'confirmed'"
    first=$(for ((shard = 0; shard < shard_count; shard++)); do
        query_postgres "boxoffice_shard_$shard" \
            <<<"SELECT extract(epoch FROM min(decided_at)) FROM booking WHERE $of_load"
    done | sort --general-numeric-sort | grep --max-count 1 .) || first=$load_began
    calc "$(sum_over_shards <<<"SELECT count(*) FROM booking WHERE $of_load AND decided_at BETWEEN
        to_timestamp($first + $load_warm_up) AND to_timestamp($first + $load_warm_up + $seconds)
        ") / $seconds"
}
