# shellcheck shell=bash
# shellcheck disable=SC2154 # the programs that source this share its variables
# What three RabbitMQ nodes need beyond one: finding each other, being cut off for a trial and finding
# back; and the alarm that can be had with one as well.

# How long a node that was cut off may take to come back, and all nodes to see each other.
return_seconds_max=30 cluster_seconds_max=30

# other_brokers: the names of all nodes but this one, as a list in Erlang.
other_brokers() {
    printf "[%s] -- ['%s']\n" "$(list_brokers "'%s'" broker_name)" "$broker_name"
}

# cut_broker_off: the node and the others lose their connections and refuse new ones, since it takes
# the others' secret for another one. With pause_minority it stops serving until it is let in again.
cut_broker_off() {
    ask_broker "[begin erlang:set_cookie(Peer, cut_off), erlang:disconnect_node(Peer) end ||
        Peer <- $(other_brokers)]" >/dev/null ||
        die "$(broker_title) could not be cut off; is it up?"
}

# connect_broker: lets a node that was cut off find the others again; harmless for any other.
connect_broker() {
    ask_broker "[erlang:set_cookie(Peer, erlang:get_cookie()) || Peer <- $(other_brokers)]" \
        >/dev/null || true
}

# mend_broker: a node that has been up and does not come back by itself is started afresh.
mend_broker() {
    local deadline=$(($(seconds_now) + return_seconds_max))
    until broker_answers; do
        if (($(seconds_now) >= deadline)); then
            kill_all broker_pids
            start_broker_node
            return 0
        fi
        sleep 0.1
    done
}

# wait_for_cluster: until every node sees all of them.
wait_for_cluster() {
    local deadline=$(($(seconds_now) + cluster_seconds_max))
    until [[ -z $(for_each_broker tell_if_lonely) ]]; do
        (($(seconds_now) < deadline)) ||
            die "RabbitMQ's nodes do not find each other; see $dir/log/rabbitmq*.log"
        sleep 0.2
    done
}

# tell_if_lonely: the node's name, unless it sees all the others.
tell_if_lonely() {
    local running
    running=$(ask_broker 'length(rabbit_mnesia:cluster_nodes(running))') || running=none
    [[ $running == "$brokers" ]] || printf '%s\n' "$broker_name"
}

# set_alarm, clear_alarm: the node says that it is short of memory, and takes no messages.
set_alarm() {
    ask_broker 'rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []})' >/dev/null ||
        die "no alarm on $(broker_title); is it up?"
}

clear_alarm() {
    ask_broker 'rabbit_alarm:clear_alarm({resource_limit, memory, node()})' >/dev/null ||
        die "the alarm stays on $(broker_title); is it up?"
}
