# shellcheck shell=bash
# Reads what `swift test` printed: it exits with 0 also when tests are skipped, or none ran.

# judge_results LOG REGEX: sets verdict, or ends the program when the run proves nothing.
judge_results() {
    local log=$1 skipped
    # ANSI colours, should there be any, are taken off first.
    skipped=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | skipped_tests)
    if [[ -n $skipped ]]; then
        warn "skipped tests count as failures:"
        printf '%s\n' "$skipped" | sed 's/^/    /' >&2
        die "$(wc -l <<<"$skipped") skipped"
    fi
    verdict=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | closing_line)
    [[ $verdict =~ ^[1-9] ]] || die "no test ran that matches $2"
}

# skipped_tests: of Swift Testing ("➜ Test name skipped.") and XCTest ("Test Case 'x' skipped").
skipped_tests() {
    grep -E "^➜ +(Test|Suite) .* skipped|^Test Case '.*' skipped" || true
}

# closing_line: "12 tests in 3 suites passed", out of "Test run with … after 2.3 seconds."
closing_line() {
    sed -nE 's/^.* Test run with ([0-9]+ tests?.* passed) after .*$/\1/p' | tail -n 1
}
