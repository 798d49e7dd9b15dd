# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# The system that is measured: private servers, one ingress, one worker; organizers, buyers and the
# events they book. There are so many people that nobody meets the limits of an account, which are on,
# and they come from so many addresses that those of an address are not met.

buyers_count=1500 organizers_count=30 people_by_address=200 capacity=10000000 creating_at_once=8 settle_seconds_max=15
# Made for quick sign-ups; no figure has a sign-up in it.
password_cost=10 organizer_events_max=100000 rate_limits=on
# Whether anything has been measured since the servers were fresh.
servers_used=''

# start_afresh: empty servers, the tables, both programs, and people.
start_afresh() {
    stop_program ingress
    stop_program worker
    claimed=yes
    run_stage "$infra/services" reset --dir "$dir" --port-base "$wanted_port_base" ||
        die "the servers could not be started"
    use_folder "$dir"
    use_postgres
    use_broker
    load_secrets
    mkdir -p -- "$runs"
    rm -f -- "$runs/events"
    run_stage_after bench_settings "$boxoffice" migrate >"$runs/migrate.log" ||
        die "the tables could not be made"
    start_programs
    sign_up
    servers_used=''
}

start_programs() {
    start_measured ingress serve "$management_port"
    start_measured worker work "$worker_port"
    wait_until_ready ingress "$management_port"
    wait_until_ready worker "$worker_port"
}

# bench_settings: nothing of the caller's, only what this run's own folder says.
bench_settings() {
    unset "${!BOXOFFICE_@}" "${!PG@}"
    export_settings
    # The others are there, and nobody uses them.
    ((shard_count > 1)) || export BOXOFFICE_SHARD_URLS=${BOXOFFICE_SHARD_URLS%%,*}
    export BOXOFFICE_HTTP_HOST=127.0.0.1 BOXOFFICE_HTTP_PORT=$http_port
    export BOXOFFICE_PASSWORD_COST=$password_cost
    # As in use: commands are authenticated.
    export BOXOFFICE_COMMAND_SECRETS=$command_secret
    export BOXOFFICE_RATE_LIMITS=$rate_limits
    # One organizer makes all events.
    export BOXOFFICE_ORGANIZER_EVENTS_MAX=$organizer_events_max
    # All clients have one address here.
    export BOXOFFICE_HTTP_CONNECTIONS_PER_ADDRESS=1000000
}

# start_measured NAME COMMAND PORT: with its log in $dir/log, and its management on that port. It
# stops by itself when we are killed (pdeathsig).
start_measured() {
    (
        bench_settings
        export BOXOFFICE_MANAGEMENT_PORT=$3
        close_inherited_files
        exec setsid setpriv --pdeathsig TERM "$boxoffice" "$2"
    ) </dev/null >>"$dir/log/$1.log" 2>&1 &
    pid_of[$1]=$!
}

# need_programs_alive: a rate that was measured while one of them died is none.
need_programs_alive() {
    local name
    for name in ingress worker; do
        if ! pid_is_alive "${pid_of[$name]}"; then
            show_end_of "$dir/log/$name.log"
            die "the $name ended while it was measured"
        fi
    done
}

# call_api METHOD PATH TOKEN BODY: prints the answer; fails when it is a refusal. The token goes by
# a file, because everybody can see a command's words.
call_api() {
    (umask 077 && printf 'Authorization: Bearer %s\n' "$3" >"$runs/headers")
    curl --silent --show-error --fail-with-body --max-time 30 --request "$1" "$url$2" \
        --header @"$runs/headers" --header 'Content-Type: application/json' --data "$4"
}

# sign_up: organizers and buyers, whose tokens go to $runs/organizers and $runs/buyers. The first
# organizer's token is set.
sign_up() {
    (umask 077 && sign_up_all organizer "$organizers_count" organizer >"$runs/organizers" &&
        sign_up_all buyer "$buyers_count" attendee >"$runs/buyers") || true
    [[ $(wc -l <"$runs/organizers") == "$organizers_count" &&
        $(wc -l <"$runs/buyers") == "$buyers_count" ]] ||
        die "nobody can sign up; see $dir/log/ingress.log"
    read -r token <"$runs/organizers"
}

# sign_up_all NAME COUNT ROLE: prints a token a line.
sign_up_all() {
    local call password
    password=$(random_hex 12)
    for call in users sessions; do
        person_requests "$call" "$1" "$2" "$3" "$password" >"$runs/requests"
        call_api_often "$runs/requests" >"$runs/people" ||
            die "not everybody could sign up: $(tail -c 300 "$runs/people")"
    done
    jq --raw-output '.token // empty' "$runs/people"
}

# person_requests CALL NAME COUNT ROLE PASSWORD: for call_api_often.
person_requests() {
    local number address
    for ((number = 0; number < $3; number++)); do
        address=$((number / people_by_address + 2))
        ((number == 0)) || printf 'next\n'
        printf 'url = "%s/v1/%s"\ninterface = "127.0.1.%d"\n' "$url" "$1" "$address"
        printf 'header = "Content-Type: application/json"\n'
        printf 'data = "{\\"email\\":\\"%s%d@example.com\\",\\"password\\":\\"%s\\"' "$2" "$number" "$5"
        [[ $1 == sessions ]] || printf ',\\"name\\":\\"%s\\",\\"role\\":\\"%s\\"' "$2" "$4"
        printf '}"\n'
    done
}

# call_api_often FILE: prints the answers to the requests that the file has in curl's own terms, in any
# order.
call_api_often() {
    curl --silent --show-error --no-progress-meter --parallel --parallel-max "$creating_at_once" \
        --config "$1"
}

# event_body TITLE [LIMIT]: LIMIT is how many tickets a buyer may have.
event_body() {
    printf '{"title":"%s","startsAt":"2030-06-01T19:30:00Z","listed":false,' "$1"
    printf '"ticketTypes":[{"name":"Stalls","capacity":%s%s}]}\n' "$capacity" \
        "${2:+,\"maxPerUser\":$2}"
}

# event_lines: out of answers to POST /v1/events, "event ticket-type shard" each; the shard in three
# hexadecimal digits, which stand behind the version of the UUID.
event_lines() {
    jq --raw-output 'select(.id) | [.id, .ticketTypes[0].id, .id[15:18]] | join(" ")'
}

# new_hot_event [LIMIT]: one event for which all the load is; in $runs/hot.
new_hot_event() {
    call_api POST /v1/events "$token" "$(event_body 'Bench, hot' "${1:-}")" >"$runs/created" ||
        die "an event could not be made: $(cat "$runs/created")"
    event_lines <"$runs/created" >"$runs/hot"
    read -r hot_event hot_type hot_shard <"$runs/hot"
}

count_events() {
    local count=0
    [[ ! -e $runs/events ]] || count=$(wc -l <"$runs/events")
    printf '%s\n' "$count"
}

# need_events COUNT: makes so many in all, in $runs/events; their shards are as chance has it.
need_events() {
    local have
    have=$(count_events)
    (($1 > have)) || return 0
    events_wanted=$1 events_told=$(seconds_now)
    (umask 077 && event_requests $((have + 1)) "$1" >"$runs/requests")
    : >"$runs/created"
    meanwhile=tell_events_made
    start_stage bench_settings curl --silent --show-error --no-progress-meter --parallel \
        --parallel-max "$creating_at_once" --config "$runs/requests" >>"$runs/created"
    wait_for_stage || die "not all events could be made: $(tail -c 300 "$runs/created")"
    meanwhile=:
    event_lines <"$runs/created" >>"$runs/events"
    (($(count_events) == $1)) || die "made $(count_events) events instead of $1"
}

# event_requests FIRST LAST: by organizers that take turns, in curl's own terms.
event_requests() {
    local number tokens=()
    mapfile -t tokens <"$runs/organizers"
    for ((number = $1; number <= $2; number++)); do
        ((number == $1)) || printf 'next\n'
        printf 'url = "%s/v1/events"\nmax-time = 30\n' "$url"
        printf 'header = "Authorization: Bearer %s"\n' "${tokens[number % ${#tokens[@]}]}"
        printf 'header = "Content-Type: application/json"\n'
        printf 'data = "%s"\n' "$(event_body "Bench $number" | sed 's/"/\\"/g')"
    done
}

# tell_events_made: every few seconds.
tell_events_made() {
    local now
    now=$(seconds_now)
    ((now >= events_told + 5)) || return 0
    events_told=$now
    say_at "events: about $(($(count_events) + $(grep -o '"startsAt"' "$runs/created" | wc -l)))" \
        "of $events_wanted made"
}

# events_of_shard SHARD COUNT: the first so many of $runs/events that are there.
events_of_shard() {
    awk -v shard="$(printf '%03x' "$1")" -v count="$2" \
        '$3 == shard && found < count { print; found++ }' "$runs/events"
}

# make_database NAME FILE…: anew, and what the files say in it.
make_database() {
    local name=$1
    shift
    {
        printf '%s;\n' "DROP DATABASE IF EXISTS $name" "CREATE DATABASE $name"
        printf '\\connect %s\n' "$name"
        cat -- "$@"
    } | query_postgres postgres >"$runs/database.log" 2>&1 ||
        die "the database $name could not be made: $(tail -n 3 "$runs/database.log")"
}

# sum_over_shards: the sum of what the SQL of standard input finds in each shard.
sum_over_shards() {
    local sql shard
    sql=$(cat)
    for ((shard = 0; shard < shard_count; shard++)); do
        query_postgres "boxoffice_shard_$shard" <<<"$sql" || return 1
    done | awk '{ sum += $1 } END { printf "%d\n", sum }'
}

# count_sold: places that are confirmed by the counters of all events that this script books.
count_sold() {
    sum_over_shards <<<"SELECT coalesce(sum(t.confirmed), 0) FROM ticket_type t
        JOIN event e ON e.id = t.event_id WHERE e.title LIKE 'Bench%'"
}

count_decided() {
    sum_over_shards <<<"SELECT coalesce(sum(sequence), 0) FROM event WHERE title NOT LIKE 'Filler%'"
}

# wait_until_settled: until no booking is decided any more.
wait_until_settled() {
    local before='' now deadline=$(($(seconds_now) + settle_seconds_max))
    while now=$(count_decided) && [[ $now != "$before" ]]; do
        (($(seconds_now) < deadline)) || break
        before=$now
        pause 0.3
    done
}

# check_sales WHAT BEFORE ANSWERED SENT: every 201 is a place sold, and no more were sold than were
# asked for. What was under way when the client stopped may be sold without a 201.
check_sales() {
    local sold
    wait_until_settled
    sold=$(($(count_sold) - $2))
    (($3 <= sold && sold <= $4)) ||
        fail "$1: $3 answers of 201, $4 requests sent, but $sold places sold in the database"
}

# check_books PART: rows, counters and lines of all events agree, in every shard.
check_books() {
    local wrong
    wait_until_settled
    wrong=$(sum_over_shards <"$infra/lib/bench/check.sql") || wrong='an unknown number of'
    if [[ $wrong == 0 ]]; then
        say "    The books of all events agree: every 201 is one row, counters and lines add up."
    else
        fail "$1: $wrong events whose rows, counters and line do not agree"
    fi
}

# remark TEXT…: something that whoever reads the figures should know.
remark() {
    warn "$*"
    remarks+=("$*")
}

# fail TEXT…: something is wrong with what was measured; the run goes on and ends with status 1.
fail() {
    warn "$*"
    failures+=("$*")
}
