// A server that swallows: INFO, PONG for each PING, and counts published messages. One client at a time.
//
//   sink [port]
//
// Speaks TLS when its environment says so (tls.h).
// Prints the port, and for every client one JSON line: {"messages":…,"payload_bytes":…,"seconds":…}
#include "peer.h"
#include "tls.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

// Counts what it can without looking closer: whole frames whose line is the same as that of the last one. Publishers in
// benchmarks repeat themselves, and the sink shares the machine with them.
static uint64_t skip_repeated(struct reader *reader, const char *line, size_t line_size, size_t frame_size) {
    uint64_t frames = 0;
    while (reader->end - reader->start >= frame_size && memcmp(reader->bytes + reader->start, line, line_size) == 0) {
        reader->start += frame_size;
        frames += 1;
    }
    return frames;
}

static void serve(int descriptor) {
    struct reader reader;
    reader_init(&reader, descriptor, 1 << 18);
    char repeated[512];
    uint64_t messages = 0, payload_bytes = 0, first = 0, last = 0;
    bool alive = greet(descriptor);
    while (alive) {
        const char *line = reader_line(&reader);
        if (line == NULL) break;
        if (strncasecmp(line, "PUB ", 4) == 0 || strncasecmp(line, "HPUB ", 5) == 0) {
            size_t size = last_number(line), line_size = strlen(line);
            if (messages == 0) first = monotonic_nanoseconds();
            messages += 1;
            payload_bytes += size;
            reader.discards = size >= 16 << 10;
            if (line_size + 2 <= sizeof repeated) memcpy(repeated, line, line_size);
            alive = reader_skip(&reader, size + 2);
            if (line_size + 2 > sizeof repeated) continue;
            memcpy(repeated + line_size, "\r\n", 2);
            uint64_t more = skip_repeated(&reader, repeated, line_size + 2, line_size + 2 + size + 2);
            messages += more;
            payload_bytes += more * size;
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
    part();
    close(descriptor);
}

int main(int argc, char **argv) {
    uint16_t port = (uint16_t)number_argument(argc, argv, 1, 0, 65535);
    end_with_parent(NULL);
    int listener = listen_and_announce(port);
    while (true) serve(accept_connection(listener));
}
