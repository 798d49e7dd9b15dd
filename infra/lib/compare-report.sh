# shellcheck shell=bash
# shellcheck disable=SC2154 # infra/compare shares its variables
# What a comparison came to: means over the rounds, and the ratios of the pairs.

# tell_comparison: the table.
tell_comparison() {
    local group
    say
    say "before  $program_before"
    say "after   $program_after"
    say "$rounds rounds of $seconds s each, $cores cores for everything."
    say
    say "$(printf '%-24s %10s %10s  %s' '' before after 'after to before (95 %)')"
    tell_pairs "bookings a second" rate
    for group in "${compared_groups[@]}"; do
        tell_pairs "µs of CPU, $group" "$group"
    done
}

# tell_pairs WHAT SERIES: one row.
tell_pairs() {
    local before after ratio low high
    read -r before after ratio low high < <(compare_pairs "$2")
    say "$(printf '%-24s %10.1f %10.1f  %.3f x (%.3f to %.3f)' \
        "$1" "$before" "$after" "$ratio" "$low" "$high")"
}

# compare_pairs SERIES: both means, the mean of the rounds' ratios, and its 95 % interval (Student's t
# with one degree of freedom less than there are rounds; for more than 30 that of the normal law).
compare_pairs() {
    awk -v before="${series[$1,before]}" -v after="${series[$1,after]}" 'BEGIN {
        split("12.706 4.303 3.182 2.776 2.571 2.447 2.365 2.306 2.262 2.228 2.201 2.179 2.160 " \
            "2.145 2.131 2.120 2.110 2.101 2.093 2.086 2.080 2.074 2.069 2.064 2.060 2.056 " \
            "2.052 2.048 2.045 2.042", t, " ")
        n = split(before, b, " ")
        split(after, a, " ")
        for (i = 1; i <= n; i++) {
            ratio[i] = b[i] > 0 ? a[i] / b[i] : 1
            sum_b += b[i]; sum_a += a[i]; sum += ratio[i]
        }
        mean = sum / n
        for (i = 1; i <= n; i++) squares += (ratio[i] - mean) ^ 2
        half = (n - 1 > 30 ? 1.96 : t[n - 1]) * sqrt(squares / (n - 1) / n)
        printf "%.10g %.10g %.10g %.10g %.10g\n", sum_b / n, sum_a / n, mean, mean - half, mean + half
    }'
}
