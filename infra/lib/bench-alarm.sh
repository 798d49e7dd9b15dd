# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# The part about the broker's alarm: a long line is decided while RabbitMQ takes no messages, so that no
# outcome can be told, and everybody hears of theirs all the same.

alarm_waiting=2000 alarm_polling=18000

part_alarm() {
    local round name of names=("without alarm" "under the alarm")
    for ((round = 1; round <= rounds; round++)); do
        for name in "${names[@]}"; do
            decide_line "$name"
            for of in waited polled; do
                add_to_series "alarm, $of $name" "$(jq ".$of.last" "$runs/alarm.out")"
            done
        done
    done
    check_books alarm
    for name in "${names[@]}"; do
        add_figure_of alarm "a line of $((alarm_waiting + alarm_polling)), $name, last outcome waited for" \
            ms "alarm, waited $name"
        add_figure_of alarm "… last outcome polled" ms "alarm, polled $name"
    done
}

# decide_line NAME: pauses an event until its line is long, and resumes it, under the alarm or without.
decide_line() {
    local accepted_before decided_before
    new_hot_event
    pause_or_resume pause
    rm -f -- "$runs/sent" "$runs/resumed"
    accepted_before=$(count_accepted) decided_before=$(count_decided) line_name=$1
    meanwhile=resume_when_sent
    run_client alarm env PYTHONDONTWRITEBYTECODE=1 python3 "$infra/lib/bench/alarm.py" \
        --port "$http_port" --event "$hot_event" --ticket-type "$hot_type" \
        --buyers "$runs/buyers" --run "$(random_hex 8)" --sent "$runs/sent" \
        --resumed "$runs/resumed" --waiting "$alarm_waiting" --polling "$alarm_polling" ||
        die "the line was not booked as it should be: $(tail -n 3 "$runs/alarm.err")"
    meanwhile=:
    (($(count_decided) - decided_before == alarm_waiting + alarm_polling)) ||
        fail "$1: not all of the line is decided, though its clients have gone"
    [[ $1 == "without alarm" ]] || run_stage "$infra/services" alarm off --quiet --dir "$dir"
    [[ $(jq '[.waited, .polled] | all(.told == .asked)' "$runs/alarm.out") == true ]] ||
        fail "$1: not everybody was told: $(<"$runs/alarm.out")"
    say_at "$1: $(jq --compact-output . "$runs/alarm.out")"
}

# resume_when_sent: all are accepted by then, those that wait, too.
resume_when_sent() {
    [[ -e $runs/sent && ! -e $runs/resumed ]] || return 0
    (($(count_accepted) - accepted_before >= alarm_waiting + alarm_polling)) || return 0
    [[ $line_name == "without alarm" ]] || "$infra/services" alarm on --quiet --dir "$dir"
    pause_or_resume resume
    : >"$runs/resumed"
}

# pause_or_resume pause|resume
pause_or_resume() {
    (
        bench_settings
        exec "$boxoffice" "$1" --event "$hot_event"
    ) >"$runs/pause.out" 2>&1 || die "the event could not be told to $1: $(<"$runs/pause.out")"
}
