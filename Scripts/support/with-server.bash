# A nats-server for a script: on a free loopback port, in a folder of its own, ended however the script ends. Sourced,
# never run; needs common.bash before it. The caller has set strict mode.
# shellcheck shell=bash

server_folder=
server_pid=
server_url=

# start_server: sets server_url when the server takes connections.
start_server() {
    local start_seconds_limit=15
    trap end_server EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    server_folder=$(mktemp -d)
    # Port -1: the server chooses a free one and says so in a file.
    "$nats_server_link" --addr 127.0.0.1 --port -1 --ports_file_dir "$server_folder" --log "$server_folder/server.log" \
        --jetstream --store_dir "$server_folder/jetstream" &
    server_pid=$!
    local deadline=$((SECONDS + start_seconds_limit)) ports="$server_folder/nats-server_$server_pid.ports"
    until server_url=$(sed -n 's|.*"\(nats://127\.0\.0\.1:[0-9]*\)".*|\1|p' "$ports" 2>/dev/null | head -n 1) &&
        [ -n "$server_url" ]; do
        kill -0 "$server_pid" 2>/dev/null || fail "nats-server did not start: $(tail -n 5 "$server_folder/server.log")"
        [ "$SECONDS" -lt "$deadline" ] || fail "nats-server said no port within $start_seconds_limit s"
        sleep 0.05
    done
}

end_server() {
    trap - EXIT
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    [ -z "$server_folder" ] || rm -rf "$server_folder"
    report_failed_step
}
