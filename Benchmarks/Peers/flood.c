// A server that floods: on the first SUB of a client it sends `count` MSG frames of `size` bytes (HMSG with `headers`
// headers), as fast as the socket takes them, and then answers PINGs again. One client at a time.
//
//   flood count size [port] [headers]
//
// Speaks TLS when its environment says so (tls.h).
// Prints the port, and for every flood one JSON line: {"messages":…,"payload_bytes":…,"seconds":…}
#include "peer.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static uint64_t count;
static size_t size;
static unsigned headers;

// Frames are written in blocks of about 256 KiB, made once per flood.
static bool flood(int descriptor, const char *subject, const char *sid) {
    char line[1024 + HEADER_BLOCK_MAX], block_of_headers[HEADER_BLOCK_MAX];
    size_t headers_size = header_block(block_of_headers, headers);
    int line_size = headers == 0
                        ? snprintf(line, sizeof line, "MSG %s %s %zu\r\n", subject, sid, size)
                        : snprintf(line, sizeof line, "HMSG %s %s %zu %zu\r\n%s", subject, sid, headers_size,
                                   headers_size + size, block_of_headers);
    if (line_size < 0 || (size_t)line_size >= sizeof line) return false;
    size_t frame_size = (size_t)line_size + size + 2;
    size_t frames_per_block = (1 << 18) / frame_size + 1;
    char *block = malloc(frames_per_block * frame_size);
    if (block == NULL) die("malloc");
    for (size_t index = 0; index < frames_per_block; index++) {
        char *frame = block + index * frame_size;
        memcpy(frame, line, (size_t)line_size);
        memset(frame + line_size, 'x', size);
        memcpy(frame + line_size + size, "\r\n", 2);
    }
    uint64_t start = monotonic_nanoseconds(), left = count;
    bool alive = true;
    while (alive && left > 0) {
        size_t frames = left < frames_per_block ? (size_t)left : frames_per_block;
        alive = write_all(descriptor, block, frames * frame_size);
        left -= frames;
    }
    double seconds = (double)(monotonic_nanoseconds() - start) / 1e9;
    free(block);
    if (!alive) return false;
    printf("{\"messages\":%llu,\"payload_bytes\":%llu,\"seconds\":%.6f}\n", (unsigned long long)count,
           (unsigned long long)(count * size), seconds);
    fflush(stdout);
    return true;
}

static void serve(int descriptor) {
    struct reader reader;
    reader_init(&reader, descriptor, 1 << 18);
    bool alive = greet(descriptor), is_flooded = false;
    while (alive) {
        char *line = reader_line(&reader);
        if (line == NULL) break;
        if (strncasecmp(line, "PING", 4) == 0) {
            alive = write_all(descriptor, "PONG\r\n", 6);
        } else if (strncasecmp(line, "PUB ", 4) == 0 || strncasecmp(line, "HPUB ", 5) == 0) {
            alive = reader_skip(&reader, last_number(line) + 2);
        } else if (strncasecmp(line, "SUB ", 4) == 0 && !is_flooded) {
            char *rest = NULL;
            strtok_r(line, " ", &rest);
            const char *subject = strtok_r(NULL, " ", &rest);
            const char *sid = strrchr(rest == NULL ? "" : rest, ' ');
            sid = sid != NULL ? sid + 1 : rest;
            if (subject == NULL || sid == NULL) break;
            is_flooded = true;
            // What stands behind the SUB (a PING) is answered first: it confirms the subscription.
            char subject_copy[512], sid_copy[32];
            snprintf(subject_copy, sizeof subject_copy, "%s", subject);
            snprintf(sid_copy, sizeof sid_copy, "%s", sid);
            while (alive && reader_has_line(&reader)) {
                const char *next = reader_line(&reader);
                if (strncasecmp(next, "PING", 4) == 0) alive = write_all(descriptor, "PONG\r\n", 6);
            }
            alive = alive && flood(descriptor, subject_copy, sid_copy);
        }
    }
    reader_free(&reader);
    part();
    close(descriptor);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: flood count size [port] [headers]\n");
        return 2;
    }
    count = number_argument(argc, argv, 1, 0, UINT64_MAX);
    size = number_argument(argc, argv, 2, 0, 8 << 20);
    uint16_t port = (uint16_t)number_argument(argc, argv, 3, 0, 65535);
    headers = (unsigned)number_argument(argc, argv, 4, 0, HEADERS_MAX);
    end_with_parent(NULL);
    int listener = listen_and_announce(port);
    while (true) serve(accept_connection(listener));
}
