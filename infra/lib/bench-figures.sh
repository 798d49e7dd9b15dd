# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # infra/bench shares its variables
# What was measured: series of rates, a round each, and the figures that are made of them. A figure
# is one line of JSON in $results/figures.jsonl.

# For each series its values in the order of the rounds, with blanks between.
declare -A series=()

# calc EXPRESSION: what awk makes of it.
calc() {
    awk "BEGIN { printf \"%.10g\n\", ($1) }"
}

# is_true EXPRESSION: whether awk finds that it holds.
is_true() {
    awk "BEGIN { exit !($1) }"
}

add_to_series() {
    series[$1]+="${series[$1]:+ }$2"
}

# spread_of VALUE…: their median, least and most.
spread_of() {
    printf '%s\n' "$@" | sort --general-numeric-sort | awk '
        { value[NR] = $1 }
        END {
            half = int((NR + 1) / 2)
            median = NR % 2 ? value[half] : (value[half] + value[half + 1]) / 2
            printf "%.10g %.10g %.10g\n", median, value[1], value[NR]
        }'
}

median_of() {
    local median rest
    # shellcheck disable=SC2086 # one word for each value
    read -r median rest < <(spread_of ${series[$1]})
    printf '%s\n' "$median"
}

# add_figure PART WHAT UNIT VALUE [LEAST MOST [NOTE]]: a value of '' is one that was not measured;
# the note says why. Units: x (a ratio), %, /s, ms, MB.
add_figure() {
    jq --null-input --compact-output \
        --arg part "$1" --arg what "$2" --arg unit "$3" --arg value "$4" \
        --arg least "${5:-}" --arg most "${6:-}" --arg note "${7:-}" '
        def number: if . == "" then null else tonumber end;
        {$part, $what, $unit, value: ($value | number), least: ($least | number),
            most: ($most | number), note: (if $note == "" then null else $note end)}' \
        >>"$results/figures.jsonl"
}

# add_figure_of PART WHAT UNIT SERIES [NOTE]: the median of its rounds, their least and their most.
add_figure_of() {
    local median least most
    # shellcheck disable=SC2086 # one word for each value
    read -r median least most < <(spread_of ${series[$4]})
    add_figure "$1" "$2" "$3" "$median" "$least" "$most" "${5:-}"
    say "    $2: $(round "$median" "$3") $3 ($(round "$least" "$3") to $(round "$most" "$3"))"
}

# add_ratio PART WHAT UNIT SERIES OTHER [NOTE]: the ratio of their medians, as x or %, and the least
# and the most among the rounds' own ratios. Where only one of the two has rounds, they are
# compared with the median of the other.
add_ratio() {
    local times=1 ratio ratios=()
    [[ $3 != % ]] || times=100
    ratio=$(calc "$times * $(median_of "$4") / $(median_of "$5")")
    mapfile -t ratios < <(ratios_of_rounds "$4" "$5" "$times")
    local median least most
    read -r median least most < <(spread_of "${ratios[@]}")
    add_figure "$1" "$2" "$3" "$ratio" "$least" "$most" "${6:-}"
    say "    $2: $(round "$ratio" "$3") $3 ($(round "$least" "$3") to $(round "$most" "$3"))"
}

# ratios_of_rounds SERIES OTHER TIMES: one line for each round.
ratios_of_rounds() {
    awk -v ours="${series[$1]}" -v others="${series[$2]}" -v times="$3" \
        -v our_median="$(median_of "$1")" -v other_median="$(median_of "$2")" 'BEGIN {
            our_rounds = split(ours, a, " ")
            other_rounds = split(others, b, " ")
            count = our_rounds > other_rounds ? our_rounds : other_rounds
            paired = our_rounds == other_rounds
            for (i = 1; i <= count; i++) {
                above = paired || i <= our_rounds && our_rounds == count ? a[i] : our_median
                below = paired || i <= other_rounds && other_rounds == count ? b[i] : other_median
                printf "%.10g\n", times * above / below
            }
        }'
}

# add_gap PART WHAT UNIT REASON: a figure that this run does not have.
add_gap() {
    add_figure "$1" "$2" "$3" '' '' '' "$4"
    say "    $2: not measured; $4"
}

# round VALUE UNIT: as many digits as mean something.
round() {
    local digits=0
    case $2 in
    x) digits=2 ;;
    %) digits=1 ;;
    ms) digits=$(is_true "$1 < 100" && printf 2 || printf 0) ;;
    esac
    printf "%.${digits}f\n" "$1"
}
