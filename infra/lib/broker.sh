# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the programs that source this share its variables
# A private RabbitMQ node: its files in $dir/rabbitmq, its ports on 127.0.0.1, an epmd (Erlang's
# port mapper) of its own. Every process of it carries BOXOFFICE_NODE=<node> in its environment, and
# is found by that.

broker_programs=/usr/lib/rabbitmq/bin

# use_broker: ports and files, given $dir, $port_base and $node.
use_broker() {
    amqp_port=$((port_base + 1))
    distribution_port=$((port_base + 2))
    prometheus_port=$((port_base + 3))
    epmd_port=$((port_base + 4))
    broker_home=$dir/rabbitmq
    broker_log=$dir/log/rabbitmq.log
    broker_console=$dir/log/rabbitmq-console.log
    broker_environment=(
        PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$broker_home"
        BOXOFFICE_NODE="$node"
        ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1
        ERL_CRASH_DUMP="$dir/log/erl_crash.dump"
        RABBITMQ_NODENAME="$node@localhost"
        RABBITMQ_DIST_PORT="$distribution_port"
        RABBITMQ_MNESIA_BASE="$broker_home/data"
        RABBITMQ_LOG_BASE="$dir/log" RABBITMQ_LOGS="$broker_log"
        RABBITMQ_CONFIG_FILE="$broker_home/rabbitmq.conf"
        # Nothing of the distribution's own node in /etc/rabbitmq is to reach ours.
        RABBITMQ_ADVANCED_CONFIG_FILE="$broker_home/advanced.config"
        RABBITMQ_CONF_ENV_FILE="$broker_home/rabbitmq-env.conf"
        RABBITMQ_ENABLED_PLUGINS_FILE="$broker_home/enabled_plugins"
        RABBITMQ_PID_FILE="$broker_home/pid"
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
        # Spares a shell that would stay as the server's parent.
        RUNNING_UNDER_SYSTEMD=true
    )
}

all_broker_pids() {
    [[ -z $node ]] || pids_with_environment "BOXOFFICE_NODE=$node"
}

# broker_pids: the server and its helpers, without epmd.
broker_pids() {
    local pid
    for pid in $(all_broker_pids); do
        [[ $(name_of_pid "$pid") == epmd ]] || printf '%s\n' "$pid"
    done
}

epmd_pids() {
    local pid
    for pid in $(all_broker_pids); do
        [[ $(name_of_pid "$pid") != epmd ]] || printf '%s\n' "$pid"
    done
}

# broker_pid: the Erlang machine itself, when it runs.
broker_pid() {
    local pid
    for pid in $(all_broker_pids); do
        [[ $(name_of_pid "$pid") != beam* ]] || printf '%s\n' "$pid"
    done
}

# broker_answers: whether an AMQP greeting gets a method frame (type 1) in return. The node opens
# its port only when its queues are recovered.
broker_answers() (
    LC_ALL=C
    exec 3<>"/dev/tcp/127.0.0.1/$amqp_port" || exit 1
    printf 'AMQP\0\0\11\1' >&3
    IFS= read -r -t 3 -N 1 frame_type <&3 && [[ $frame_type == $'\1' ]]
) 2>/dev/null

epmd_answers() {
    port_is_open "$epmd_port"
}

broker_version() {
    local found=(/usr/lib/rabbitmq/lib/rabbitmq_server-*)
    printf '%s\n' "${found[0]##*-}"
}

# start_broker: epmd and the node, whichever is down. Sets broker_started to the new process.
start_broker() {
    broker_started=''
    [[ -d $broker_home ]] || mkdir -m 700 -- "$broker_home"
    start_epmd
    [[ -z $(broker_pid) ]] || return 0
    kill_all broker_pids
    local port
    for port in "$amqp_port" "$distribution_port" "$prometheus_port"; do
        need_free_port "$port" RabbitMQ "choose others with --port-base"
    done
    write_broker_files
    keep_log_small "$broker_console"
    launch / "$broker_console" env -i "${broker_environment[@]}" "$broker_programs/rabbitmq-server"
    broker_started=$launched_pid
}

# start_epmd: before the node, which would start one by itself and leave it behind.
start_epmd() {
    epmd_started=''
    [[ -z $(epmd_pids) ]] || return 0
    need_free_port "$epmd_port" "Erlang's port mapper" "choose others with --port-base"
    launch / /dev/null env -i "${broker_environment[@]}" \
        epmd -address 127.0.0.1 -port "$epmd_port"
    epmd_started=$launched_pid
    wait_until_answers epmd /dev/null "$epmd_started" epmd_answers epmd_pids
}

write_broker_files() {
    (
        umask 077
        sed -e "s/@AMQP_PORT@/$amqp_port/" -e "s/@PROMETHEUS_PORT@/$prometheus_port/" \
            -e "s/@PASSWORD@/$broker_password/" "$infra/config/rabbitmq.conf" \
            >"$broker_home/rabbitmq.conf"
    )
    printf '[rabbitmq_prometheus].\n' >"$broker_home/enabled_plugins"
    printf '[].\n' >"$broker_home/advanced.config"
    printf '# Empty on purpose: see /etc/rabbitmq/rabbitmq-env.conf for what it keeps out.\n' \
        >"$broker_home/rabbitmq-env.conf"
}

wait_for_broker() {
    wait_until_answers RabbitMQ "$broker_log" "$broker_started" broker_answers broker_pids
    [[ -z $broker_started ]] || elect_leaders
}

# elect_leaders: lets a queue that was made within the last moments before a kill -9 work again. Its
# log is empty then, and RabbitMQ holds no election for an empty log: publishing to the queue and
# consuming from it would hang for ever. Harmless for any other.
elect_leaders() {
    env -i "${broker_environment[@]}" "$broker_programs/rabbitmqctl" -q eval \
        '[ra:trigger_election({Queue, node()}) || {Queue, follower} <- ets:tab2list(ra_state)].' \
        >>"$broker_console" 2>&1 || warn "RabbitMQ's queues could not be looked after"
}

# stop_broker: in order; by force when that takes too long. epmd goes last.
stop_broker() {
    local pid
    pid=$(broker_pid)
    if [[ -n $pid ]]; then
        kill -TERM "$pid" 2>/dev/null || true
        wait_until_none "$stop_seconds_max" broker_pids ||
            warn "RabbitMQ did not stop within $stop_seconds_max s; killing it"
    fi
    kill_all all_broker_pids
}
