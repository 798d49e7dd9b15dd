# shellcheck shell=bash
# TCP ports on 127.0.0.1.

# port_is_open PORT: whether somebody accepts connections there.
port_is_open() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# owner_of_port PORT: " (nginx, pid 12)" where that can be found out, else nothing.
owner_of_port() {
    command -v ss >/dev/null || return 0
    ss -Hltnp "sport = :$1" 2>/dev/null |
        sed -nE 's/.*users:\(\("([^"]*)",pid=([0-9]+).*/ (\1, pid \2)/p' | head -n 1
}

# wait_for_free_port PORT SECONDS: until nobody accepts connections there, or the time is up.
wait_for_free_port() {
    local deadline=$(($(seconds_now) + $2))
    while port_is_open "$1" && (($(seconds_now) < deadline)); do sleep 0.1; done
}

# need_free_port PORT PURPOSE ADVICE: ends the program when the port is taken.
need_free_port() {
    ! port_is_open "$1" ||
        die "port $1, wanted for $2, is taken by another program$(owner_of_port "$1"); $3"
}

# need_port OPTION VALUE: a port that can be used, or the end of the program.
need_port() {
    [[ $2 =~ ^[1-9][0-9]{3,4}$ && $2 -ge 1024 && $2 -le 65000 ]] ||
        die_of_usage "$1 takes a port between 1024 and 65000, not '$2'"
}

# free_port_base BASE COUNT: the next multiple of hundreds above BASE with so many ports free.
free_port_base() {
    local base offset
    for ((base = $1 + 100; base < $1 + 5000 && base <= 64900; base += 100)); do
        for ((offset = 0; offset < $2; offset++)); do
            ! port_is_open $((base + offset)) || continue 2
        done
        printf '%s\n' "$base"
        return 0
    done
    printf '%s\n' '<another port>'
}
