# shellcheck shell=bash
# Tools from PyPI, in a folder of their own that stays for the next run.

# install_from_pypi FOLDER REQUIREMENTS: all of them with their versions, those that others need included.
install_from_pypi() {
    local folder=$1 wanted=$2
    ! cmp --silent "$wanted" "$folder/requirements.txt" || return 0
    run_stage python3 -m venv --clear "$folder" ||
        die "python3 has no venv: apt-get install python3-venv"
    run_stage "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement "$wanted" || die "what $wanted names could not be installed"
    cp -- "$wanted" "$folder/requirements.txt"
}
