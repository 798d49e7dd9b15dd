# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the programs that source this share its variables
# A private PostgreSQL: its data in $dir/postgres, its port on 127.0.0.1, no Unix socket.
# It refuses to run as root, so for root it runs as the user postgres.

postgres_programs=/usr/lib/postgresql/15/bin
shard_count=4

# use_postgres: where the data is, given $dir.
use_postgres() {
    postgres_port=$port_base
    postgres_log=$dir/log/postgres.log
    postgres_data=$dir/postgres
    [[ ! -L $postgres_data ]] || postgres_data=$(readlink -- "$postgres_data")
}

# as_postgres COMMAND…: as the user the server runs as, with a clean environment.
as_postgres() {
    local clean=(env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8)
    if ((EUID == 0)); then
        runuser -u postgres -- "${clean[@]}" "$@"
    else
        "${clean[@]}" "$@"
    fi
}

postgres_pids() {
    pids_in_folder "$postgres_data"
}

# postgres_pid: the postmaster, when it runs.
postgres_pid() {
    local pid
    { read -r pid <"$postgres_data/postmaster.pid"; } 2>/dev/null || return 0
    [[ $pid =~ ^[0-9]+$ && $(readlink "/proc/$pid/cwd") == "$postgres_data" ]] || return 0
    ! pid_is_alive "$pid" || printf '%s\n' "$pid"
}

# query_postgres DATABASE: runs the SQL of standard input as superuser, over TCP as everybody does,
# and gives up after 20 s, or after query_seconds_max where that is set.
query_postgres() (
    unset "${!PG@}"
    export PGPASSWORD=$superuser_password PGCONNECT_TIMEOUT=3 LC_ALL=C.UTF-8
    timeout "${query_seconds_max:-20}" "$postgres_programs/psql" --no-psqlrc --quiet \
        --no-align --tuples-only --set ON_ERROR_STOP=1 --host 127.0.0.1 \
        --port "$postgres_port" --username postgres --dbname "$1"
)

postgres_answers() {
    [[ $(query_postgres postgres 2>/dev/null <<<'SELECT 1') == 1 ]]
}

postgres_version() {
    "$postgres_programs/postgres" --version | sed -E 's/^[^0-9]*([0-9.]+).*/\1/'
}

# start_postgres: when it is down. Sets postgres_started to the new process.
start_postgres() {
    postgres_started=''
    [[ -z $(postgres_pid) ]] || return 0
    # After a kill -9 of the postmaster alone its children hold the shared memory for a moment.
    wait_until_none 5 postgres_pids || kill_all postgres_pids
    need_free_port "$postgres_port" PostgreSQL "choose others with --port-base"
    [[ -e $postgres_data/PG_VERSION ]] || make_postgres_data
    # Nobody runs in this folder, so a pid file there is stale, whoever has that pid today.
    rm -f -- "$postgres_data/postmaster.pid"
    sed "s/@PORT@/$postgres_port/" "$infra/config/postgresql.conf" |
        as_postgres tee "$postgres_data/boxoffice.conf" >/dev/null
    rotate_log "$postgres_log"
    local become=()
    ((EUID != 0)) || become=(setpriv --reuid postgres --regid postgres --init-groups)
    launch "$postgres_data" "$postgres_log" "${become[@]}" env -i PATH=/usr/bin:/bin \
        LC_ALL=C.UTF-8 "$postgres_programs/postgres" -D "$postgres_data"
    postgres_started=$launched_pid
}

wait_for_postgres() {
    wait_until_answers PostgreSQL "$postgres_log" "$postgres_started" postgres_answers postgres_pids
}

# make_postgres_data: initdb, into a folder beside the real one: it is there whole, or not at all.
make_postgres_data() {
    choose_postgres_folder
    rm -rf -- "$postgres_data" "$postgres_data.new"
    mkdir -m 700 -- "$postgres_data.new"
    ((EUID != 0)) || chown postgres: -- "$postgres_data.new"
    local password_file=$postgres_data.new/password
    as_postgres tee "$password_file.txt" <<<"$superuser_password" >/dev/null
    run_initdb "$password_file.txt"
    mv -- "$postgres_data.new/data" "$postgres_data"
    rm -rf -- "$postgres_data.new"
    [[ $postgres_data == "$dir/postgres" ]] || ln -sfn -- "$postgres_data" "$dir/postgres"
}

# run_initdb PASSWORD_FILE
run_initdb() {
    local output
    output=$(
        cd -- "$postgres_data.new"
        as_postgres "$postgres_programs/initdb" --pgdata "$postgres_data.new/data" \
            --username postgres --pwfile "$1" --auth scram-sha-256 --data-checksums \
            --encoding UTF8 --locale C.UTF-8 2>&1
    ) || die "initdb failed: $output"
    as_postgres tee -a "$postgres_data.new/data/postgresql.conf" >/dev/null \
        <<<"include 'boxoffice.conf'"
}

# choose_postgres_folder: $dir/postgres, or a folder below /var/tmp when we are root and the user
# postgres cannot get into $dir (below /root, for one).
choose_postgres_folder() {
    postgres_data=$dir/postgres
    ((EUID == 0)) || return 0
    ! as_postgres test -x "$dir/." || return 0
    local away
    away=$(postgres_folder_away)
    say "The user postgres cannot reach $dir; PostgreSQL keeps its data in $away."
    [[ -d $away && ! -L $away ]] || mkdir -m 700 -- "$away"
    [[ $(stat -c %U -- "$away") == postgres ]] || chown_new_folder "$away"
    postgres_data=$away/postgres
    # Whatever is there was left by a folder of the same name that somebody deleted.
    kill_all postgres_pids
}

# chown_new_folder PATH: gives our own new folder to postgres; somebody else's is refused.
chown_new_folder() {
    [[ -O $1 ]] || die "$1 belongs to $(stat -c %U -- "$1"); choose another --dir"
    chown postgres: -- "$1"
}

postgres_folder_away() {
    printf '/var/tmp/boxoffice-%s\n' "$(sha256sum <<<"$dir" | cut -c 1-16)"
}

# make_databases: the roles and the databases, where they are missing. The owner of the databases migrates
# them, and the others are given their rights then.
make_databases() {
    query_postgres postgres <<END || die "could not make the databases; see $postgres_log"
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', wanted.name, wanted.password)
  FROM (VALUES ('boxoffice', '$database_password'),
               ('boxoffice_ingress', '$ingress_database_password'),
               ('boxoffice_worker', '$worker_database_password'),
               ('boxoffice_operator', '$operator_database_password')) wanted (name, password)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) \gexec
SELECT format('CREATE DATABASE %I OWNER boxoffice', wanted.name)
  FROM (SELECT 'boxoffice_directory'
        UNION ALL
        SELECT 'boxoffice_shard_' || i FROM generate_series(0, $shard_count - 1) i) wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_database d WHERE d.datname = wanted.name) \gexec
END
}

# stop_postgres: ends sessions, writes a checkpoint; by force when that takes too long.
stop_postgres() {
    local pid
    pid=$(postgres_pid)
    if [[ -n $pid ]]; then
        kill -INT "$pid" 2>/dev/null || true
        wait_until_none "$stop_seconds_max" postgres_pids ||
            warn "PostgreSQL did not stop within $stop_seconds_max s; killing it"
    fi
    kill_all postgres_pids
}

# delete_postgres_data: with the folder below /var/tmp, where there is one.
delete_postgres_data() {
    local away
    away=$(postgres_folder_away)
    [[ ! -L $dir/postgres ]] || [[ $(readlink -- "$dir/postgres") != "$away/postgres" ]] ||
        rm -rf -- "$away"
    rm -rf -- "$dir/postgres" "$dir/postgres.new"
}
