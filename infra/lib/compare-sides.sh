# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/compare shares its variables
# The two sides of a comparison: each a system of its own, as bench-system.sh makes it. What that
# keeps in variables is set for one side at a time.

# How many ports lie between the first of one side and the first of the other.
ports_per_side=20
# The hops whose CPU is told, and their sum.
compared_groups=(client serve work broker postgres sum)
# "SIDE,ingress" and "SIDE,worker".
declare -A side_pid=()

# use_side SIDE: whatever is measured or started next belongs to that side.
use_side() {
    local number=0 name=program_$1
    [[ $1 == before ]] || number=1
    wanted_port_base=$((first_port + number * ports_per_side))
    use_folder "$wanted_dir/$1"
    boxoffice=${!name} runs=$dir/runs
    http_port=$((wanted_port_base + 10))
    management_port=$((wanted_port_base + 11)) worker_port=$((wanted_port_base + 12))
    url=http://127.0.0.1:$http_port
    pid_of=([ingress]=${side_pid[$1,ingress]:-} [worker]=${side_pid[$1,worker]:-})
    [[ -n $port_base ]] || return 0
    use_postgres
    use_broker
    load_secrets
}

# start_side SIDE: empty servers, both programs, people, and one event that has been booked before.
start_side() {
    local port
    use_side "$1"
    for port in "$http_port" "$management_port" "$worker_port"; do
        need_free_port "$port" "a program that is measured" "choose others with --port-base"
    done
    sides_started+=("$1")
    start_afresh
    side_pid[$1,ingress]=${pid_of[ingress]} side_pid[$1,worker]=${pid_of[worker]}
    new_hot_event
    warm_up "$runs/hot"
    say_at "$1: $boxoffice is warm."
}

# measure_side SIDE: books for a while; adds to the series "rate,SIDE" and "HOP,SIDE".
measure_side() {
    local side=$1 group
    cost=() unit_of_label=() cost_labels=()
    measure_bookings "rate,$side" "$runs/hot"
    for group in "${compared_groups[@]}"; do
        add_to_series "$group,$side" "$(microseconds_of "rate,$side" "$group")"
    done
}

# microseconds_of LABEL GROUP: for one booking; the sum is that of all hops.
microseconds_of() {
    local group sum=0
    if [[ $2 != sum ]]; then
        cost_of "$1" "$2"
        return
    fi
    for group in "${compared_groups[@]}"; do
        [[ $group == sum ]] || sum=$(calc "$sum + $(cost_of "$1" "$group")")
    done
    printf '%s\n' "$sum"
}

# last_of WHAT SIDE: rounded to a whole number.
last_of() {
    printf '%.0f\n' "${series[$1,$2]##* }"
}
