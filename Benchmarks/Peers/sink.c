// A server that swallows: INFO, PONG for each PING, and counts published messages. One client at a time.
//
//   sink [port]
//
// Prints the port, and for every client one JSON line: {"messages":…,"payload_bytes":…,"seconds":…}
#include "peer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void serve(int descriptor) {
    struct reader reader;
    reader_init(&reader, descriptor, 1 << 18);
    uint64_t messages = 0, payload_bytes = 0, first = 0, last = 0;
    bool alive = write_all(descriptor, info_line, strlen(info_line));
    while (alive) {
        const char *line = reader_line(&reader);
        if (line == NULL) break;
        if (strncasecmp(line, "PUB ", 4) == 0 || strncasecmp(line, "HPUB ", 5) == 0) {
            size_t size = last_number(line);
            if (messages == 0) first = monotonic_nanoseconds();
            messages += 1;
            payload_bytes += size;
            alive = reader_skip(&reader, size + 2);
        } else if (strncasecmp(line, "PING", 4) == 0) {
            alive = write_all(descriptor, "PONG\r\n", 6);
            last = monotonic_nanoseconds();
        }
    }
    double seconds = last > first && first > 0 ? (double)(last - first) / 1e9 : 0;
    printf("{\"messages\":%llu,\"payload_bytes\":%llu,\"seconds\":%.6f}\n", (unsigned long long)messages,
           (unsigned long long)payload_bytes, seconds);
    fflush(stdout);
    reader_free(&reader);
    close(descriptor);
}

int main(int argc, char **argv) {
    uint16_t port = (uint16_t)number_argument(argc, argv, 1, 0, 65535);
    end_with_parent();
    int listener = listen_and_announce(port);
    while (true) serve(accept_connection(listener));
}
