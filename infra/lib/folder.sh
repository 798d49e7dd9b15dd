# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the programs that source this share its variables
# The folder a copy of the system keeps its data in, with its lock, its settings and its secrets.
# Set here: dir, port_base, node, brokers and, after load_secrets, the passwords.

default_port_base=5600
lock_seconds_max=180

# Everything infra/services makes in a folder. `reset` deletes these and nothing else.
folder_entries=(postgres postgres.new rabbitmq log env settings secrets run)
marker_name=.boxoffice-services

# use_folder PATH: names the folder; makes nothing. An earlier start's settings are read.
use_folder() {
    dir=$(realpath --canonicalize-missing -- "$1")
    # RabbitMQ hands the name to a shell to learn how much of the disk is free.
    [[ $dir != *[\'\"$'\n']* ]] ||
        die "the folder's name has a quote or a line break in it: $dir; choose another --dir"
    port_base='' node='' brokers=1
    [[ ! -e $dir/$marker_name ]] || read_settings
}

folder_exists() {
    [[ -e $dir/$marker_name ]]
}

# read_settings: what the marker file says, in lines NAME=VALUE.
read_settings() {
    local name value
    while IFS='=' read -r name value; do
        case $name in
        port_base) port_base=$value ;;
        node) node=$value ;;
        brokers) brokers=$value ;;
        esac
    done <"$dir/$marker_name"
    [[ $port_base =~ ^[0-9]+$ && $node =~ ^bo[0-9a-f]+$ && $brokers =~ ^[13]$ ]] ||
        die "$dir/$marker_name is damaged; delete $dir if its data is not needed"
}

write_settings() {
    printf 'port_base=%s\nnode=%s\nbrokers=%s\n' "$port_base" "$node" "$brokers" \
        >"$dir/$marker_name.new"
    mv -- "$dir/$marker_name.new" "$dir/$marker_name"
}

# need_own_folder: whoever made the folder is the one to go on with it.
need_own_folder() {
    local owner
    owner=$(stat -c %U -- "$dir/$marker_name")
    [[ -O $dir/$marker_name ]] ||
        die "$dir belongs to $owner: go on as $owner, or choose another folder with --dir"
}

# make_folder: the folder with its marker, unless it is there already.
make_folder() {
    local entry
    folder_exists && return 0
    for entry in "${folder_entries[@]}"; do
        [[ ! -e $dir/$entry ]] ||
            die "$dir/$entry is there but was not made by infra/services; choose another --dir"
    done
    mkdir -p -- "$dir" || die "cannot make the folder $dir"
    node=bo$(random_hex 4)
    port_base=$default_port_base
    write_settings
}

# lock_folder: one infra/services at a time works on a folder. The lock ends with this process.
lock_folder() {
    mkdir -p -- "$dir" || die "cannot make the folder $dir"
    exec 9>"$dir/.services.lock" || die "cannot write to $dir"
    flock --wait "$lock_seconds_max" 9 ||
        die "another infra/services has been working on $dir for $lock_seconds_max s"
}

# write_run NAME=VALUE…: what infra/run runs in the folder, for infra/boxoffice to find.
write_run() {
    printf '%s\n' "$@" >"$dir/run.new"
    mv -- "$dir/run.new" "$dir/run"
}

# run_value NAME: what write_run wrote, or nothing.
run_value() {
    local name value
    [[ -r $dir/run ]] || return 0
    while IFS='=' read -r name value; do
        [[ $name != "$1" ]] || printf '%s\n' "$value"
    done <"$dir/run"
}

# random_hex BYTES: that many random bytes in hexadecimal.
random_hex() {
    od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'
}

# The secrets of a folder, each with its length in bytes. A folder that an earlier version made is given
# those that it lacks.
declare -A secret_bytes=(
    [superuser_password]=16 [database_password]=16 [ingress_database_password]=16
    [worker_database_password]=16 [operator_database_password]=16 [broker_password]=16
    [ingress_broker_password]=16 [worker_broker_password]=16 [operator_broker_password]=16
    [boxoffice_secret]=32 [command_secret]=32
)

# What may be added by hand, to change secrets as README says: boxoffice_secret does for each that is not there.
secrets_in_turn=(token_secrets id_secrets booking_secret)

# load_secrets: made once, kept in a file only its owner can read.
load_secrets() {
    local name
    if [[ ! -e $dir/secrets ]]; then
        [[ ! -e $dir/postgres && ! -e $dir/rabbitmq/data ]] ||
            die "$dir/secrets is gone but data made with it is there; start afresh with 'reset'"
    else
        # shellcheck source=/dev/null
        source "$dir/secrets"
    fi
    local name
    for name in "${!secret_bytes[@]}"; do
        [[ -n ${!name:-} ]] || printf -v "$name" %s "$(random_hex "${secret_bytes[$name]}")"
    done
    (
        umask 077
        for name in "${!secret_bytes[@]}"; do printf '%s=%s\n' "$name" "${!name}"; done |
            sort >"$dir/secrets.new"
        for name in "${secrets_in_turn[@]}"; do
            [[ -z ${!name:-} ]] || printf '%s=%s\n' "$name" "${!name}"
        done >>"$dir/secrets.new"
    )
    cmp --silent "$dir/secrets.new" "$dir/secrets" || mv -- "$dir/secrets.new" "$dir/secrets"
    rm -f -- "$dir/secrets.new"
    # shellcheck source=/dev/null
    source "$dir/secrets"
}

# database_urls USER PASSWORD: sets directory_url and shard_urls.
database_urls() {
    local server=postgresql://$1:$2@127.0.0.1:$postgres_port shard
    directory_url=$server/boxoffice_directory shard_urls=''
    for ((shard = 0; shard < shard_count; shard++)); do
        shard_urls+="${shard_urls:+,}$server/boxoffice_shard_$shard"
    done
}

# write_env: the file by which tests find the servers, and whoever may do everything; for
# `set -a; source …/env`.
write_env() {
    local address=127.0.0.1:$postgres_port directory_url shard_urls
    local broker_addresses metrics_urls
    broker_addresses=$(list_brokers 127.0.0.1:%s amqp_port)
    metrics_urls=$(list_brokers http://127.0.0.1:%s prometheus_port)
    local broker_url=amqp://boxoffice:$broker_password@$broker_addresses/boxoffice
    write_settings_of ingress "$ingress_database_password" "$ingress_broker_password" "$boxoffice_secret"
    write_settings_of worker "$worker_database_password" "$worker_broker_password"
    write_settings_of operator "$operator_database_password" "$operator_broker_password"
    write_settings_of migrate
    database_urls boxoffice "$database_password"
    (
        umask 077
        cat >"$dir/env.new" <<END
BOXOFFICE_DIRECTORY_URL=$directory_url
BOXOFFICE_SHARD_URLS=$shard_urls
BOXOFFICE_BROKER_URL=$broker_url
BOXOFFICE_BROKER_METRICS_URLS=$metrics_urls
BOXOFFICE_SECRET=$boxoffice_secret
BOXOFFICE_TEST_POSTGRES_URL=postgresql://postgres:$superuser_password@$address/postgres
BOXOFFICE_TEST_AMQP_URL=$broker_url
BOXOFFICE_TEST_SERVICES_DIR=$(printf '%q' "$dir")
END
    )
    mv -- "$dir/env.new" "$dir/env"
}

# write_settings_of ROLE [DATABASE_PASSWORD BROKER_PASSWORD [SECRET]]: for the programs of that role, to be
# named by --config. Without passwords: for the owner of the databases.
write_settings_of() {
    local user=boxoffice_$1 lines name
    if (($# > 1)); then
        database_urls "$user" "$2"
        lines="  \"broker-url\": \"amqp://$user:$3@$broker_addresses/boxoffice\",
  \"broker-metrics-urls\": \"$metrics_urls\",
  \"command-secrets\": \"$command_secret\",
${4:+  \"secret\": \"$4\",
}"
        for name in "${secrets_in_turn[@]}"; do
            [[ -z ${4:-} || -z ${!name:-} ]] ||
                lines+="  \"${name//_/-}\": \"${!name}\","$'\n'
        done
    else
        database_urls boxoffice "$database_password"
        lines=''
    fi
    (
        umask 077
        mkdir -p -- "$dir/settings"
        cat >"$dir/settings/$1.json.new" <<END
{
$lines  "directory-url": "$directory_url",
  "shard-urls": "$shard_urls"
}
END
    )
    mv -- "$dir/settings/$1.json.new" "$dir/settings/$1.json"
}

# harmless_settings: sets harmless to the environment variables of all settings that hold no secret and are not
# in the files of $dir/settings, each between spaces.
harmless_settings() {
    harmless=" $("$boxoffice" settings --harmless | tr '\n' ' ')"
    harmless=${harmless/ BOXOFFICE_BROKER_METRICS_URLS / }
}

# unset_server_settings: forgets what the caller's environment says of another system.
unset_server_settings() {
    local name harmless
    harmless_settings
    for name in "${!BOXOFFICE_@}"; do
        [[ $harmless == *" $name "* ]] || unset "$name"
    done
}

# clean_environment: sets clean to the words before a command that give it nothing of our environment but what
# it needs, and the settings that hold no secret. Secrets stand in the files of $dir/settings.
clean_environment() {
    local name harmless
    harmless_settings
    harmless+="PATH HOME TMPDIR TZ LANG LANGUAGE LD_LIBRARY_PATH "
    clean=(env -i SWIFT_BACKTRACE="${SWIFT_BACKTRACE-enable=no}")
    for name in $(compgen -e); do
        [[ $harmless != *" $name "* && $name != LC_* ]] || clean+=("$name=${!name}")
    done
}

# export_settings: what write_env wrote, into the environment of this shell; and no backtraces, which
# keep a program that crashed for seconds, unless the caller wants them.
export_settings() {
    export SWIFT_BACKTRACE=${SWIFT_BACKTRACE-enable=no}
    set -a
    # shellcheck source=/dev/null
    source "$dir/env"
    set +a
}
