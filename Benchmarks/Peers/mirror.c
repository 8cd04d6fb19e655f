// A server that answers requests itself: every PUB with a reply subject comes back as a MSG on the subscription that
// the client made last. One client at a time. For counting what a request costs the client, without a second process.
//
//   mirror [port]
//
// Prints the port.
#include "peer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

// "PUB subject reply size": the reply, or NULL when there is none.
static const char *reply_of(char *line) {
    char *rest = NULL;
    strtok_r(line, " ", &rest);
    strtok_r(NULL, " ", &rest);
    const char *reply = strtok_r(NULL, " ", &rest);
    return strtok_r(NULL, " ", &rest) == NULL ? NULL : reply;
}

static void serve(int descriptor) {
    struct reader reader;
    reader_init(&reader, descriptor, (8 << 20) + (64 << 10));
    struct output output = {0};
    char sid[32] = "1";
    bool alive = write_all(descriptor, info_line, strlen(info_line));
    while (alive) {
        if (output.count > 0 && !reader_has_line(&reader)) alive = output_flush(&output, descriptor);
        char *line = alive ? reader_line(&reader) : NULL;
        if (line == NULL) break;
        if (strncasecmp(line, "PUB ", 4) == 0) {
            size_t size = last_number(line);
            char head[1024];
            const char *reply = reply_of(line);
            int head_size = reply == NULL ? 0 : snprintf(head, sizeof head, "MSG %s %s %zu\r\n", reply, sid, size);
            const char *payload = reader_bytes(&reader, size + 2);
            if (payload == NULL) break;
            if (head_size <= 0 || (size_t)head_size >= sizeof head) continue;
            output_append(&output, head, (size_t)head_size);
            output_append(&output, payload, size + 2);
        } else if (strncasecmp(line, "SUB ", 4) == 0) {
            snprintf(sid, sizeof sid, "%s", strrchr(line, ' ') + 1);
        } else if (strncasecmp(line, "PING", 4) == 0) {
            output_append(&output, "PONG\r\n", 6);
        } else if (strncasecmp(line, "HPUB ", 5) == 0) {
            alive = reader_skip(&reader, last_number(line) + 2);
        }
    }
    output_free(&output);
    reader_free(&reader);
    close(descriptor);
}

int main(int argc, char **argv) {
    uint16_t port = (uint16_t)number_argument(argc, argv, 1, 0, 65535);
    end_with_parent(NULL);
    int listener = listen_and_announce(port);
    while (true) serve(accept_connection(listener));
}
