# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the programs that source this share its variables
# A private RabbitMQ: one node, or three that are a cluster. Their files are in $dir/rabbitmq, their
# ports on 127.0.0.1; they share an epmd (Erlang's port mapper) of their own. Every process carries
# BOXOFFICE_NODE=<node> in its environment, and RABBITMQ_NODENAME says which node it belongs to.

broker_programs=/usr/lib/rabbitmq/bin
# The processes that `start_broker` started, by the number of their node.
declare -A broker_started=()
# The nodes' ports are ten apart, and each node takes three of its ten.
ports_between_brokers=10

# use_broker: what the nodes share, and the first of them, given $dir, $port_base and $node.
use_broker() {
    epmd_port=$((port_base + 4))
    broker_home=$dir/rabbitmq
    erlang_environment=(
        PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$broker_home"
        ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1
    )
    use_broker_node 1
}

# use_broker_node NUMBER: the node that the functions below are about: its name, ports and files.
use_broker_node() {
    local suffix='' base=$((port_base + ports_between_brokers * ($1 - 1)))
    (($1 == 1)) || suffix=-$1
    broker_number=$1
    broker_name=$node$suffix@localhost
    amqp_port=$((base + 1))
    distribution_port=$((base + 2))
    prometheus_port=$((base + 3))
    broker_log=$dir/log/rabbitmq$suffix.log
    broker_console=$dir/log/rabbitmq-console$suffix.log
    broker_config=$broker_home/rabbitmq$suffix.conf
    broker_environment=(
        "${erlang_environment[@]}"
        BOXOFFICE_NODE="$node"
        ERL_CRASH_DUMP="$dir/log/erl_crash$suffix.dump"
        RABBITMQ_NODENAME="$broker_name"
        RABBITMQ_DIST_PORT="$distribution_port"
        RABBITMQ_MNESIA_BASE="$broker_home/data"
        # Not RABBITMQ_LOGS, for which the node forgets how its log is to rotate.
        RABBITMQ_LOG_BASE="$dir/log"
        RABBITMQ_CONFIG_FILE="$broker_config"
        # Nothing of the distribution's own node in /etc/rabbitmq is to reach ours.
        RABBITMQ_ADVANCED_CONFIG_FILE="$broker_home/advanced.config"
        RABBITMQ_CONF_ENV_FILE="$broker_home/rabbitmq-env.conf"
        RABBITMQ_ENABLED_PLUGINS_FILE="$broker_home/enabled_plugins"
        RABBITMQ_PID_FILE="$broker_home/pid$suffix"
        # The node shares the machine with everybody else: its schedulers do not spin when they have
        # nothing to do. See also share_cores.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}\
 +sbwt none +sbwtdcpu none +sbwtdio none"
        # Spares a shell that would stay as the server's parent.
        RUNNING_UNDER_SYSTEMD=true
    )
}

# for_each_broker COMMAND…: runs it once for each node.
for_each_broker() {
    local number
    for ((number = 1; number <= brokers; number++)); do
        use_broker_node "$number"
        "$@"
    done
    use_broker_node 1
}

# list_brokers FORMAT VARIABLE: that variable of every node, in that format, with commas between.
list_brokers() {
    local list
    list=$(for_each_broker print_of_broker "$1" "$2")
    printf '%s\n' "${list%,}"
}

print_of_broker() {
    # shellcheck disable=SC2059 # the format is the caller's
    printf "$1," "${!2}"
}

# broker_title: what people call the node.
broker_title() {
    printf 'broker%s\n' "$( ((brokers == 1)) || printf ' %s' "$broker_number")"
}

# all_broker_pids: everybody of every node, and epmd.
all_broker_pids() {
    [[ -z $node ]] || pids_with_environment "BOXOFFICE_NODE=$node"
}

epmd_pids() {
    local pid
    for pid in $(all_broker_pids); do
        [[ $(name_of_pid "$pid") != epmd ]] || printf '%s\n' "$pid"
    done
}

# broker_pids: the node and its helpers.
broker_pids() {
    local pid
    [[ -n $node ]] || return 0
    for pid in $(pids_with_environment "RABBITMQ_NODENAME=$broker_name"); do
        [[ $(name_of_pid "$pid") == epmd ]] || printf '%s\n' "$pid"
    done
}

# broker_pid: the Erlang machine itself, when it runs.
broker_pid() {
    local pid
    for pid in $(broker_pids); do
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

# ask_broker EXPRESSION: evaluates Erlang in the node and prints the result; fails when that failed.
ask_broker() {
    local answer
    answer=$(timeout 20 env -i "${erlang_environment[@]}" \
        erl_call -r -sname "$broker_name" -e <<<"$1." 2>&1) || return 1
    [[ $answer == "{ok, "*"}" ]] || return 1
    answer=${answer#"{ok, "}
    printf '%s\n' "${answer%\}}"
}

# start_broker: epmd and the nodes, whichever are down. Sets broker_started to the new processes.
start_broker() {
    broker_started=()
    [[ -d $broker_home ]] || mkdir -m 700 -- "$broker_home"
    start_epmd
    make_cookie
    for_each_broker start_broker_node
}

# start_epmd: before the nodes, which would start one by themselves and leave it behind.
start_epmd() {
    epmd_started=''
    [[ -z $(epmd_pids) ]] || return 0
    need_free_port "$epmd_port" "Erlang's port mapper" "choose others with --port-base"
    launch / /dev/null env -i "${erlang_environment[@]}" BOXOFFICE_NODE="$node" \
        epmd -address 127.0.0.1 -port "$epmd_port"
    epmd_started=$launched_pid
    wait_until_answers epmd /dev/null "$epmd_started" epmd_answers epmd_pids
}

# make_cookie: the secret by which the nodes know each other, before any of them makes its own.
make_cookie() {
    local cookie=$broker_home/.erlang.cookie
    [[ -e $cookie ]] || (umask 377 && random_hex 16 >"$cookie")
}

start_broker_node() {
    if [[ -n $(broker_pid) ]]; then
        ((brokers == 1)) || connect_broker
        return 0
    fi
    kill_all broker_pids
    local port
    for port in "$amqp_port" "$distribution_port" "$prometheus_port"; do
        need_free_port "$port" RabbitMQ "choose others with --port-base"
    done
    write_broker_files
    rotate_log "$broker_console"
    [[ -d $broker_home/data/$broker_name ]] || wait_for_brokers_before
    launch / "$broker_console" env -i "${broker_environment[@]}" "$broker_programs/rabbitmq-server"
    broker_started[$broker_number]=$launched_pid
}

# wait_for_brokers_before: a new node joins only nodes that have started. While they still change their
# tables for the features of this version, it could take over a table in one form and its features in
# another, and would not start.
wait_for_brokers_before() {
    local joining=$broker_number number
    for ((number = 1; number < joining; number++)); do
        use_broker_node "$number"
        wait_for_broker_node
    done
    use_broker_node "$joining"
}

write_broker_files() {
    local templates=("$infra/config/rabbitmq.conf")
    ((brokers == 1)) || templates+=("$infra/config/rabbitmq-cluster.conf")
    # The first node begins the cluster and looks for nobody, so there can never be two.
    ((broker_number == 1)) || templates+=("$infra/config/rabbitmq-joining.conf")
    (
        umask 077
        sed -e "s/@AMQP_PORT@/$amqp_port/" -e "s/@PROMETHEUS_PORT@/$prometheus_port/" \
            -e "s/@PASSWORD@/$broker_password/" -e "s/@NODE@/$broker_name/" \
            -e "s/@LOG@/${broker_log##*/}/" \
            -e "s/@FIRST_NODE@/$node@localhost/" "${templates[@]}" >"$broker_config"
    )
    cp -- "$infra/config/rabbitmq-advanced.config" "$broker_home/advanced.config"
    printf '[rabbitmq_prometheus].\n' >"$broker_home/enabled_plugins"
    printf '# Empty on purpose: see /etc/rabbitmq/rabbitmq-env.conf for what it keeps out.\n' \
        >"$broker_home/rabbitmq-env.conf"
}

# make_broker_users: those of the programs, with the rights that the file of permissions says, whatever they
# have now. The first user, made with the first node, may do everything but administer; tests use it.
make_broker_users() {
    use_broker_node 1
    local name password
    for name in ingress worker operator; do
        password=${name}_broker_password
        ask_broker "case rabbit_auth_backend_internal:exists(<<\"boxoffice_$name\">>) of
            true -> ok;
            false -> rabbit_auth_backend_internal:add_user(
                <<\"boxoffice_$name\">>, <<\"${!password}\">>, <<\"infra/services\">>)
            end" >/dev/null || die "the broker's users could not be made; see $broker_log"
    done
    ask_broker "begin
        ok = rabbit_auth_backend_internal:set_tags(<<\"boxoffice\">>, [], <<\"infra/services\">>),
        {ok, Permissions} = file:read_file(\"$infra/config/rabbitmq-permissions.json\"),
        ok = rabbit_definitions:import_raw(Permissions)
        end" >/dev/null || die "the broker's users could not be given their rights; see $broker_log"
}

# wait_for_broker: until every node answers, and each sees all the others.
wait_for_broker() {
    for_each_broker wait_for_broker_node
    ((brokers == 1)) || wait_for_cluster
    # Whoever has been up all the time has looked after the queues of the others.
    ((${#broker_started[@]} < brokers)) || for_each_broker elect_leaders
    for_each_broker share_cores
}

wait_for_broker_node() {
    [[ -n ${broker_started[$broker_number]:-} ]] || mend_broker
    wait_until_answers "RabbitMQ's $(broker_title)" "$broker_log" \
        "${broker_started[$broker_number]:-}" broker_answers broker_pids
}

# share_cores: once a node has started, for which it needs all it can get, its schedulers take half of the
# cores: with as many as there are they hinder each other.
share_cores() {
    ask_broker 'erlang:system_flag(schedulers_online, max(1, erlang:system_info(schedulers) div 2))' \
        >/dev/null || warn "RabbitMQ's $(broker_title) keeps all cores"
}

# elect_leaders: lets a queue that was made within the last moments before a kill -9 work again. Its
# log is empty then, and RabbitMQ holds no election for an empty log: publishing to the queue and
# consuming from it would hang for ever. A queue with a leader is left alone.
elect_leaders() {
    ask_broker '[ra:trigger_election({Queue, node()}) ||
        {Queue, follower} <- ets:tab2list(ra_state),
        ra_leaderboard:lookup_leader(Queue) =:= undefined]' \
        >/dev/null || warn "RabbitMQ's queues could not be looked after"
}

# stop_broker: in order; by force when that takes too long. epmd goes last.
stop_broker() {
    for_each_broker ask_to_end
    wait_until_none "$stop_seconds_max" servers_of_broker ||
        warn "RabbitMQ did not stop within $stop_seconds_max s; killing it"
    kill_all all_broker_pids
}

ask_to_end() {
    local pid
    pid=$(broker_pid)
    [[ -z $pid ]] || kill -TERM "$pid" 2>/dev/null || true
}

# servers_of_broker: everybody of every node, without epmd.
servers_of_broker() {
    for_each_broker broker_pids
}
