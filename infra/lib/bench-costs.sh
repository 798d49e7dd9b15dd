# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# What the machine spent meanwhile: the CPU of each group of processes, and the memory of our own
# two. CPU is user and system time as /proc counts it, in steps of 10 ms.

# The hops of a booking, in its order; "others" is whatever else kept the machine busy.
cost_groups=(client serve work broker postgres others)
# What was spent, by "LABEL,GROUP" in microseconds, and for how many bookings: "LABEL,units". Also
# by "LABEL,elapsed", "LABEL,busy" and "LABEL,stolen" (by other guests of the same host).
declare -A cost=()
cost_labels=()
declare -A unit_of_label=()
# The two looks between which a cost lies.
declare -A look_before=() look_after=()
# The most memory seen since watch_memory began, in kB.
declare -A memory_most=()

microseconds_now() {
    printf '%s\n' "${EPOCHREALTIME/[.,]/}"
}

# cpu_of PID…: ticks of user and system time they have used so far.
cpu_of() {
    fields_of_stat 12 "$@"
}

# children_cpu_of PID…: the same of their children that have ended.
children_cpu_of() {
    fields_of_stat 14 "$@"
}

# fields_of_stat NUMBER PID…: that field and the next, over all of them; 1 is the field behind the
# name, which may itself hold anything.
fields_of_stat() {
    local number=$1 pid files=()
    shift
    for pid; do files+=("/proc/$pid/stat"); done
    ((${#files[@]} > 0)) || files=(/dev/null)
    { cat -- "${files[@]}" 2>/dev/null || true; } | awk -v number="$number" '
        { sub(/^.*\) /, ""); sum += $number + $(number + 1) }
        END { printf "%d\n", sum }'
}

# look_at_cpu ARRAY: reads all clocks into it, in ticks.
look_at_cpu() {
    local -n look=$1
    local postgres broker user nice system idle wait hard soft stolen rest
    mapfile -t postgres < <(postgres_pids)
    mapfile -t broker < <(broker_pids)
    look[serve]=$(cpu_of "${pid_of[ingress]}")
    look[work]=$(cpu_of "${pid_of[worker]}")
    look[broker]=$(cpu_of "${broker[@]}")
    # Sessions that have ended are in the count of the server's first process.
    look[postgres]=$(($(cpu_of "${postgres[@]}") + $(children_cpu_of "$(postgres_pid)")))
    look[client]=0
    read -r rest user nice system idle wait hard soft stolen rest </proc/stat
    look[busy]=$((user + nice + system + hard + soft)) look[stolen]=$stolen
    look[at]=$(microseconds_now)
}

# add_cost LABEL UNIT COUNT CLIENT_MICROSECONDS: what lies between the two looks was for so many
# units: bookings, rows, reads.
add_cost() {
    local label=$1 group spent all=0 microseconds=$((1000000 / ticks_per_second))
    [[ -n ${unit_of_label[$label]:-} ]] || cost_labels+=("$label")
    unit_of_label[$label]=$2
    for group in serve work broker postgres client; do
        spent=$(((look_after[$group] - look_before[$group]) * microseconds))
        [[ $group != client ]] || spent=$4
        all=$((all + spent))
        cost[$label,$group]=$((${cost[$label,$group]:-0} + spent))
    done
    local busy=$(((look_after[busy] - look_before[busy]) * microseconds))
    spent=$((busy > all ? busy - all : 0))
    cost[$label,others]=$((${cost[$label,others]:-0} + spent))
    cost[$label,busy]=$((${cost[$label,busy]:-0} + all + spent))
    cost[$label,stolen]=$((${cost[$label,stolen]:-0} +
        (look_after[stolen] - look_before[stolen]) * microseconds))
    cost[$label,elapsed]=$((${cost[$label,elapsed]:-0} + look_after[at] - look_before[at]))
    cost[$label,units]=$((${cost[$label,units]:-0} + $3))
}

# tell_costs LABEL…: a small table, in microseconds of CPU for one unit.
tell_costs() {
    local label
    say "    µs of CPU for each, by hop:"
    say "$(printf '    %-22s' '' && printf '%9s' "${cost_groups[@]}" sum busy stolen)"
    for label; do
        [[ -z ${unit_of_label[$label]:-} ]] || say "    $(cost_line "$label")"
    done
}

cost_line() {
    local group sum=0 values=()
    for group in "${cost_groups[@]}"; do
        values+=("$(cost_of "$1" "$group")")
    done
    printf '%-22s' "$1"
    printf '%9.1f' "${values[@]}" "$(cost_of "$1" busy)"
    printf '%8.0f%%' "$(share_of_machine "$1" busy)" "$(share_of_machine "$1" stolen)"
}

# cost_of LABEL GROUP: in microseconds for one unit.
cost_of() {
    calc "${cost[$1,units]} > 0 ? ${cost[$1,$2]} / ${cost[$1,units]} : 0"
}

# share_of_machine LABEL WHAT: of all its cores' time, in percent.
share_of_machine() {
    calc "100 * ${cost[$1,$2]} / (${cost[$1,elapsed]} * $cores)"
}

# memory_of PID FIELD: VmRSS (now) or VmHWM (the peak), in kB.
memory_of() {
    awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status" 2>/dev/null || true
}

# forget_memory_peaks: VmHWM begins anew.
forget_memory_peaks() {
    local name
    memory_most=([ingress]=0 [worker]=0)
    for name in ingress worker; do
        { printf '5\n' >"/proc/${pid_of[$name]}/clear_refs"; } 2>/dev/null || true
    done
}

watch_memory() {
    local name now
    for name in ingress worker; do
        now=$(memory_of "${pid_of[$name]}" VmRSS)
        ((${now:-0} <= memory_most[$name])) || memory_most[$name]=$now
    done
}
