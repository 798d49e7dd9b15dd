# shellcheck shell=bash
# shellcheck disable=SC2154 # the programs that source this share its variables
# Keeps the logs in $dir/log small. Each has one older part beside it, so a log and its part never
# hold more than about twice log_bytes_max. RabbitMQ rotates its own log (see config/rabbitmq.conf).

log_bytes_max=10000000 log_look_seconds=5
logs_looked_at=0

# rotate_log FILE…: moves what a log holds into FILE.1 when it has grown beyond log_bytes_max. The
# file stays the same, and whoever appends to it goes on; a line written at that very moment may be lost.
rotate_log() {
    local bytes file
    { stat --printf '%s %n\n' -- "$@" 2>/dev/null || true; } | while read -r bytes file; do
        ((bytes > log_bytes_max)) || continue
        { cp -- "$file" "$file.1" && truncate --size 0 -- "$file"; } ||
            warn "$file cannot be rotated"
    done
}

# watch_logs: rotates all logs there are, once in a while.
watch_logs() {
    (($(seconds_now) >= logs_looked_at + log_look_seconds)) || return 0
    logs_looked_at=$(seconds_now)
    rotate_log "$dir"/log/{ingress,worker,services,postgres,rabbitmq-console*}.log
}
