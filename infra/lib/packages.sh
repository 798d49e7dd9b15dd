# shellcheck shell=bash
# shellcheck disable=SC2154 # the programs that source this share its variables
# Debian packages: installs what is missing, and starts none of it.

# A package and what shows that it, or something as good, is there: a file, or a command.
packages_to_run=(
    postgresql-15:/usr/lib/postgresql/15/bin/postgres
    rabbitmq-server:/usr/lib/rabbitmq/bin/rabbitmq-server
    libpq-dev:/usr/include/postgresql/libpq-fe.h
    librabbitmq-dev:/usr/include/amqp.h
    zlib1g-dev:/usr/include/zlib.h
    pkg-config:pkg-config
    git:git
    curl:curl
    jq:jq
)
# shellcheck disable=SC2034 # infra/test and infra/contract install these
packages_to_explore=("${packages_to_run[@]}" python3-venv:/usr/lib/python3.11/ensurepip/__init__.py)
# shellcheck disable=SC2034
packages_to_test=("${packages_to_explore[@]}" shellcheck:shellcheck)

# While it is there, Debian's packages start no service when they are installed.
policy_file=/usr/sbin/policy-rc.d
policy_text='#!/bin/sh
# Boxoffice installs packages and wants none of their services; it deletes this file afterwards.
exit 101'
# While it is there, PostgreSQL makes no cluster of its own when it is installed.
cluster_folder=/etc/postgresql-common/createcluster.d
cluster_file=$cluster_folder/boxoffice.conf
apt_lock_seconds_max=300

# is_there PROOF
is_there() {
    if [[ $1 == /* ]]; then [[ -e $1 ]]; else command -v "$1" >/dev/null; fi
}

# install_packages PACKAGE:PROOF…: those whose proof is missing. Asks for sudo when not root.
install_packages() {
    local package missing=()
    for package in "$@"; do
        is_there "${package#*:}" || missing+=("${package%%:*}")
    done
    ((${#missing[@]} > 0)) || return 0
    command -v apt-get >/dev/null ||
        die "these Debian packages are missing, and this is not Debian: ${missing[*]}"
    ((EUID == 0)) || command -v sudo >/dev/null ||
        die "packages are missing, and there is no sudo; as root: apt-get install ${missing[*]}"
    say "Installing Debian packages that are missing: ${missing[*]}"
    local units=()
    [[ -e /usr/bin/epmd ]] || units+=(epmd.socket epmd.service)
    is_there "$broker_programs/rabbitmq-server" || units+=(rabbitmq-server.service)
    hold_services_back
    run_packager update --quiet=2 || warn "apt-get update failed; going on with the lists there are"
    local failed=0 words=(install --yes --quiet=2 --no-install-recommends "${missing[@]}")
    [[ -n $stop_asked ]] || run_packager "${words[@]}" || failed=1
    let_services_go "${units[@]}"
    heed_signals
    ((failed == 0)) || die "apt-get could not install: ${missing[*]}"
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# run_packager WORD…: apt-get, left to finish what it does when we are told to stop: half a package
# is worse than a moment's wait.
run_packager() {
    run_to_its_end as_root env DEBIAN_FRONTEND=noninteractive apt-get \
        -o "DPkg::Lock::Timeout=$apt_lock_seconds_max" "$@"
}

# hold_services_back: neither what the user already runs is touched, nor a policy that is there.
hold_services_back() {
    if [[ ! -e $policy_file ]]; then
        as_root tee "$policy_file" <<<"$policy_text" >/dev/null
        as_root chmod 755 "$policy_file"
    fi
    as_root mkdir -p "$cluster_folder"
    as_root tee "$cluster_file" <<<'create_main_cluster = false' >/dev/null
}

# let_services_go UNIT…: takes the two files away again, and keeps the services that came with what
# we installed from starting with the machine.
let_services_go() {
    [[ $(cat "$policy_file" 2>/dev/null) != "$policy_text" ]] || as_root rm -f "$policy_file"
    as_root rm -f "$cluster_file"
    as_root rmdir --ignore-fail-on-non-empty "$cluster_folder"
    local unit now=()
    [[ ! -d /run/systemd/system ]] || now=(--now)
    for unit in "$@"; do
        if command -v systemctl >/dev/null; then
            as_root systemctl --quiet disable "${now[@]}" "$unit" 2>/dev/null || true
        else
            as_root update-rc.d "${unit%.*}" disable >/dev/null 2>&1 || true
        fi
    done
}

# need_swift: the toolchain is not Debian's to install.
need_swift() {
    command -v swift >/dev/null ||
        die "there is no 'swift' to build with: install Swift 6.2 or later" \
            "(https://www.swift.org/install/linux) and put it on the PATH"
}
