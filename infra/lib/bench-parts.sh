# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# The parts of the speed table that wrk and pgbench measure. What is compared takes turns, a round
# after the other, because the machine's speed changes as time goes by.

row_lock_clients=(1 8 50) ceiling_rows=(1000 200)
spread_events=(1000 2000) shard_counts=(1 2 4) events_over_shards=64
fill_rows_first=1000000 fill_rows_at_once=100000
overload_factor=10 zipf_events=10000
# Filling takes longer than what query_postgres usually waits for.
fill_seconds_max=900

part_hot() {
    local round clients best
    make_database bench_row_lock "$infra/lib/bench/row-lock-schema.sql"
    new_hot_event
    warm_up "$runs/hot"
    for ((round = 1; round <= rounds; round++)); do
        measure_bookings hot "$runs/hot"
        best=0
        for clients in "${row_lock_clients[@]}"; do
            measure_pgbench "row lock, $clients" bench_row_lock row-lock.sql "$clients" 1
            ! is_true "$rate > $best" || best=$rate
        done
        add_to_series "row lock" "$best"
    done
    check_books hot
    add_figure_of hot "one hot event, POST to outcome" /s hot
    add_figure_of hot "a row lock for each booking, best of ${row_lock_clients[*]} clients" /s \
        "row lock" "pgbench alone: no HTTP, no queue"
    add_ratio hot "one hot event to the row lock" x hot "row lock"
    tell_costs hot "${row_lock_clients[@]/#/row lock, }"
}

part_ceiling() {
    local round rows schemas=("$repository"/schemas/sql/*_shard_*.sql)
    make_database bench_ceiling "${schemas[@]}"
    new_hot_event
    warm_up "$runs/hot"
    for ((round = 1; round <= rounds; round++)); do
        measure_bookings "hot, with ceiling" "$runs/hot"
        for rows in "${ceiling_rows[@]}"; do
            query_postgres bench_ceiling <"$infra/lib/bench/ceiling-reset.sql"
            measure_pgbench "ceiling, $rows" bench_ceiling ceiling.sql 1 "$rows" \
                --define "rows=$rows" --define version=0 --define sequence=0
        done
    done
    check_books ceiling
    for rows in "${ceiling_rows[@]}"; do
        add_figure_of ceiling "PostgreSQL alone, batches of $rows" /s "ceiling, $rows"
        add_ratio ceiling "one hot event, of PostgreSQL's ceiling with $rows" % \
            "hot, with ceiling" "ceiling, $rows"
    done
    tell_costs "hot, with ceiling" "${ceiling_rows[@]/#/ceiling, }"
}

part_spread() {
    local round count most=${spread_events[-1]}
    new_hot_event
    need_events "$most"
    warm_up "$runs/hot"
    for count in "${spread_events[@]}"; do
        head -n "$count" "$runs/events" >"$runs/spread-$count"
        warm_up "$runs/spread-$count"
    done
    for ((round = 1; round <= rounds; round++)); do
        measure_bookings "hot, with spread" "$runs/hot"
        for count in "${spread_events[@]}"; do
            measure_bookings "events, $count" "$runs/spread-$count"
        done
        with_connections "$users" measure_bookings "hot, all users" "$runs/hot"
        with_connections "$users" measure_bookings "events, all users" "$runs/spread-$most"
    done
    check_books spread
    for count in "${spread_events[@]}"; do
        add_figure_of spread "over $count events" /s "events, $count"
        add_ratio spread "over $count events to the hot event" x "events, $count" \
            "hot, with spread"
    done
    add_figure_of spread "over $most events, from $users users" /s "events, all users"
    add_ratio spread "… to the hot event from $booking_connections" x "events, all users" \
        "hot, with spread"
    add_ratio spread "… to the hot event from $users" x "events, all users" "hot, all users"
    tell_costs "hot, with spread" "${spread_events[@]/#/events, }" "hot, all users" \
        "events, all users"
}

# part_shards: events are made until each shard has enough of them, for chance picks the shard.
part_shards() {
    local round count shard
    need_events_by_shard
    for count in "${shard_counts[@]}"; do
        for ((shard = 0; shard < count; shard++)); do
            events_of_shard "$shard" $((events_over_shards / count))
        done >"$runs/shards-$count"
        warm_up "$runs/shards-$count"
    done
    for ((round = 1; round <= rounds; round++)); do
        for count in "${shard_counts[@]}"; do
            measure_bookings "shards, $count" "$runs/shards-$count"
        done
    done
    check_books shards
    for count in "${shard_counts[@]}"; do
        add_figure_of shards "$events_over_shards events over shards: $count" /s "shards, $count"
    done
    for count in "${shard_counts[@]:1}"; do
        add_ratio shards "$count shards to one, one worker" x "shards, $count" "shards, 1"
    done
    tell_costs "${shard_counts[@]/#/shards, }"
}

need_events_by_shard() {
    local shard wanted
    for ((shard = 0; shard < shard_counts[-1]; shard++)); do
        # Shard 0 is in every group, shard 1 in all but the first.
        wanted=$((events_over_shards / (shard == 0 ? 1 : shard == 1 ? 2 : 4)))
        while (($(events_of_shard "$shard" "$wanted" 2>/dev/null | wc -l) < wanted)); do
            need_events $(($(count_events) + 50))
        done
    done
}

# part_grown: bookings of events long over are added to the shard of the hot event.
part_grown() {
    local rows round sizes=(0)
    ((fill_rows <= fill_rows_first)) || sizes+=("$fill_rows_first")
    sizes+=("$fill_rows")
    [[ -z $servers_used ]] || start_afresh
    new_hot_event
    filled=0
    for rows in "${sizes[@]}"; do
        fill_up_to "$rows"
        warm_up "$runs/hot"
        for ((round = 1; round <= rounds; round++)); do
            measure_bookings "rows, $rows" "$runs/hot"
        done
    done
    check_books grown
    for rows in "${sizes[@]}"; do
        add_figure_of grown "with $rows bookings in the shard before" /s "rows, $rows"
    done
    for rows in "${sizes[@]:1}"; do
        add_ratio grown "with $rows bookings to an empty shard" x "rows, $rows" "rows, 0"
    done
    tell_costs "${sizes[@]/#/rows, }"
}

# fill_up_to ROWS: and nothing of it is left to be done while we measure.
fill_up_to() {
    local query_seconds_max=$fill_seconds_max database=boxoffice_shard_$((16#$hot_shard)) rows
    local told=$filled
    (($1 > filled)) || return 0
    say_at "filling the shard of the hot event with bookings: $1"
    while ((filled < $1)); do
        rows=$(($1 - filled < fill_rows_at_once ? $1 - filled : fill_rows_at_once))
        query_postgres "$database" < <(
            printf '\\set %s %s\n' number "$((filled / fill_rows_at_once + 1))" \
                shard "$hot_shard" rows "$rows"
            cat -- "$infra/lib/bench/fill.sql"
        ) || die "the shard could not be filled; see $postgres_log"
        filled=$((filled + rows))
        heed_signals
        ((filled - told < $1 / 10)) || { told=$filled && say_at "filled: $filled of $1"; }
    done
    say_at "VACUUM, ANALYZE and CHECKPOINT"
    query_postgres "$database" <<<'VACUUM (ANALYZE) booking' &&
        query_postgres "$database" <<<CHECKPOINT
    heed_signals
}

part_reads() {
    local round path etag
    new_hot_event
    path=/v1/events/$hot_event
    etag=$(curl --silent --fail --dump-header - --output /dev/null "$url$path" |
        sed -nE 's/^etag: *(.*)\r$/\1/Ip')
    [[ $(curl --silent --output /dev/null --write-out '%{http_code}' \
        --header "If-None-Match: $etag" "$url$path") == 304 ]] ||
        fail "reads: an event that has not changed is not answered with 304"
    for ((round = 1; round <= rounds; round++)); do
        measure_reads "bare route" '' "http://127.0.0.1:$management_port/livez"
        measure_reads "event" '' "$url$path"
        measure_reads "event, 304" '' --header "If-None-Match: $etag" "$url$path"
    done
    add_figure_of reads "a bare Hummingbird route" /s "bare route" \
        "GET /livez on the management port of the same process, a constant answer"
    add_figure_of reads "GET /v1/events/{id}" /s event
    add_ratio reads "GET /v1/events/{id} to the bare route" x event "bare route"
    add_ratio reads "the same with If-None-Match (304) to the bare route" x "event, 304" \
        "bare route"
    tell_costs "bare route" event "event, 304"
}

part_idle() {
    local bookings=500 least median p99 note
    ((seconds >= 5)) || bookings=100
    run_client drill "$boxoffice" drill --url "$url" --latency "$bookings" || {
        fail "idle: the drill went wrong; see $runs/drill.out"
        add_gap idle "POST to outcome, one after the other" ms "the drill went wrong"
        return
    }
    # "500 requests  1.0 ms  1.2 ms …": least, median, 95 %, 99 %, most.
    read -r least median p99 < <(sed -nE \
        's/^ *[0-9]+ requests +([0-9.]+) ms +([0-9.]+) ms +[0-9.]+ ms +([0-9.]+) ms.*/\1 \2 \3/p' \
        "$runs/drill.out")
    add_cost idle booking "$bookings" "$(client_microseconds)"
    note="of $bookings; least $least ms, 99 % within $p99 ms"
    add_figure idle "POST to outcome, one after the other, median" ms "$median" '' '' "$note"
    say "    POST to outcome, one after the other: median $median ms ($note)"
    tell_costs idle
}

# part_overload: the hot event from many times the connections, each of which sends its next booking
# as soon as it has the outcome of the last.
part_overload() {
    local round of connections=$((booking_connections * overload_factor))
    new_hot_event
    warm_up "$runs/hot"
    for ((round = 1; round <= rounds; round++)); do
        measure_bookings "hot, with overload" "$runs/hot"
        measure_overload
    done
    check_books overload
    add_figure_of overload "booked from $connections connections" /s overload
    add_ratio overload "booked, to what $booking_connections connections book" x overload \
        "hot, with overload"
    add_figure_of overload "refused with 409, 429 or 503" % "overload, refused"
    for of in 50 99; do
        add_figure_of overload "all answers, $of %" ms "overload, $of"
    done
    tell_costs "hot, with overload" overload
}

measure_overload() {
    local of refused
    with_connections "$connections" measure_bookings overload "$runs/hot"
    refused=$(of_result '[.statuses | to_entries[] | select(.key | IN("409", "429", "503")) | .value]
        | (add // 0) * 100')
    add_to_series "overload, refused" "$(calc "$refused / $(of_result .requests)")"
    [[ $(of_result '.broken + .late + ([.statuses | to_entries[]
        | select(.key | IN("201", "409", "429", "503") | not) | .value] | add // 0)') == 0 ]] ||
        fail "overload: some got neither an outcome nor a refusal: $result"
    for of in 50 99; do
        add_to_series "overload, $of" "$(of_result ".p$of")"
    done
}

# part_zipf: events nobody has asked for yet, asked for as the most popular ones are: the second half
# as often as the first, the third a third as often …
part_zipf() {
    local shard lookups loads part
    for ((shard = 0; shard < shard_count; shard++)); do
        query_postgres "boxoffice_shard_$shard" < <(
            printf '\\set %s %s\n' shard "$(printf "'%03x'" "$shard")" \
                events $((zipf_events / shard_count))
            cat -- "$infra/lib/bench/zipf.sql"
        ) || die "the events could not be made; see $postgres_log"
    done >"$runs/zipf-in-order"
    shuf --random-source="$runs/zipf-in-order" "$runs/zipf-in-order" >"$runs/zipf"
    lookups=$(sum_of_metric boxoffice_catalog_lookups_total)
    loads=$(sum_of_metric boxoffice_catalog_loads_total)
    measure_reads zipf "$runs/zipf" "$url"
    lookups=$(calc "$(sum_of_metric boxoffice_catalog_lookups_total) - $lookups")
    loads=$(calc "$(sum_of_metric boxoffice_catalog_loads_total) - $loads")
    is_true "$lookups >= $(of_result .requests)" || fail "zipf: the ingress counted only $lookups reads"
    add_figure_of zipf "reads of $(wc -l <"$runs/zipf") events by Zipf's law" /s zipf
    part=$(calc "100 - 100 * $loads / $lookups")
    add_figure zipf "answered without the database" % "$part" '' '' "from an empty cache on"
    say "    answered without the database: $(round "$part" %) % (from an empty cache on)"
    tell_costs zipf
}
