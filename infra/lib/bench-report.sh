# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# What was measured, on what: on the terminal, in $results/results.json and in $results/results.md.

# tell_machine: before anything is measured.
tell_machine() {
    local settings
    machine_cpu=$(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)
    machine_memory=$(awk '/^MemTotal:/ { printf "%.1f GB\n", $2 / 1048576 }' /proc/meminfo)
    machine_swift=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9.]+).*/\1/p' |
        head -n 1) || true
    machine_commit=$(git -C "$repository" describe --always --dirty 2>/dev/null) ||
        machine_commit=unknown
    [[ -z $given_program ]] || machine_commit+=" (not built from it: $given_program)"
    settings=$(query_postgres postgres <<<"SELECT string_agg(name || ' ' || setting, ', ')
        FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')")
    machine_postgres="$(postgres_version) ($settings)"
    say "
CPU         ${machine_cpu:-unknown}, $cores cores
Memory      $machine_memory
Kernel      $(uname -sr)
Swift       ${machine_swift:-unknown}
PostgreSQL  $machine_postgres
RabbitMQ    $(broker_version)
Commit      $machine_commit

$(sentence_of_figures)
"
}

sentence_of_figures() {
    printf '%s\n' "The client, the broker, the databases and both programs share the same" \
        "$cores cores; every figure contains all of them. Ratios compare what took turns" \
        "within this run; rates mean nothing on another machine." |
        paste -s -d ' ' | fold -s -w 96 | sed 's/ $//'
}

# write_results: both files, out of the figures so far.
write_results() {
    machine_json | jq --slurpfile figures "$results/figures.jsonl" \
        --slurpfile costs <(costs_json) \
        '{machine: ., $figures, $costs}' >"$results/results.json"
    results_markdown >"$results/results.md"
}

machine_json() {
    jq --null-input --arg cpu "$machine_cpu" --argjson cores "$cores" \
        --arg memory "$machine_memory" --arg kernel "$(uname -sr)" --arg swift "$machine_swift" \
        --arg postgres "$machine_postgres" --arg rabbitmq "$(broker_version)" \
        --arg commit "$machine_commit" --arg time "$(date --utc +%FT%TZ)" \
        --argjson seconds "$seconds" --argjson rounds "$rounds" \
        --argjson failed "${#failures[@]}" \
        --args '{$cpu, $cores, $memory, $kernel, $swift, $postgres, $rabbitmq, $commit, $time,
            $seconds, $rounds} + ($ARGS.positional
                | {failures: .[: $failed], remarks: .[$failed :]})' \
        -- "${failures[@]}" "${remarks[@]}"
}

# costs_json: one line for each label.
costs_json() {
    local label group members
    for label in "${cost_labels[@]}"; do
        members=''
        for group in "${cost_groups[@]}"; do
            members+=$(printf '"%s": %.2f, ' "$group" "$(cost_of "$label" "$group")")
        done
        printf '{"of": "%s", "unit": "%s", "count": %d, %s"busy": %.2f, "stolen": %.2f}\n' \
            "$label" "${unit_of_label[$label]}" "${cost[$label,units]}" "$members" \
            "$(calc "$(share_of_machine "$label" busy) / 100")" \
            "$(calc "$(share_of_machine "$label" stolen) / 100")"
    done
}

# figure_lines: part, what, value with its unit, range and note, with tabs between.
figure_lines() {
    local part what unit value least most note range
    jq --raw-output '[.part, .what, .unit, .value, .least, .most, .note]
        | map(. // "-" | tostring) | join("\t")' "$results/figures.jsonl" |
        while IFS=$'\t' read -r part what unit value least most note; do
            range='' && [[ $note != - ]] || note=''
            [[ $least == - || $most == - ]] ||
                range="$(round "$least" "$unit") to $(round "$most" "$unit")"
            if [[ $value == - ]]; then
                value='not measured'
            else
                value="$(round "$value" "$unit") $unit"
            fi
            printf '%s\t%s\t%s\t%s\t%s\n' "$part" "$what" "$value" "$range" "$note"
        done
}

# tell_results: the table on the terminal.
tell_results() {
    say
    say "$(printf '%-9s %-60s %14s  %s' part what figure 'least to most')"
    local part what value range note
    while IFS=$'\t' read -r part what value range note; do
        say "$(printf '%-9s %-60s %14s  %s' "$part" "$what" "$value" "${range:-$note}")"
    done < <(figure_lines | sed 's/\t\t/\t \t/g')
    say
    tell_costs "${cost_labels[@]}"
}

results_markdown() {
    local part what value range note label
    printf '# Speed, measured %s at %s\n\n' "$(date --utc +%F)" "$machine_commit"
    printf '%s, %s cores, %s, %s; ' "$machine_cpu" "$cores" "$machine_memory" "$(uname -sr)"
    printf 'Swift %s, PostgreSQL %s, RabbitMQ %s; %s s a round, %s rounds.\n\n' \
        "${machine_swift:-unknown}" "$machine_postgres" "$(broker_version)" "$seconds" "$rounds"
    sentence_of_figures
    printf '\n| part | what | median | least to most | |\n|---|---|---:|---|---|\n'
    figure_lines | sed -e 's/\t/ | /g' -e 's/^/| /' -e 's/$/ |/'
    printf '\nMicroseconds of CPU for each booking (or read), by hop:\n\n'
    printf '| of |%s sum | machine busy | stolen |\n|---|' "$(printf ' %s |' "${cost_groups[@]}")"
    printf -- '---:|%.0s' "${cost_groups[@]}" 1 2 3
    printf '\n'
    for label in "${cost_labels[@]}"; do
        printf '| %s |' "$label"
        printf ' %s |' "$(cost_line "$label" | cut -c 23- | sed -E 's/^ +//; s/ +/ | /g')"
        printf '\n'
    done
    ((${#remarks[@]} == 0)) || printf '\n%s\n' "${remarks[@]}"
    ((${#failures[@]} == 0)) || printf '\nWRONG: %s\n' "${failures[@]}"
}
