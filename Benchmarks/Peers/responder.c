// A client of a real nats-server that echoes every message on a subject to its reply subject: the other side of request
// benchmarks, with as little of its own as possible.
//
//   responder port [subject]     (subject: bench.echo)
//
// Speaks TLS when its environment says so (tls.h). Prints "ready" once the server has confirmed the subscription.
#include "peer.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "MSG subject sid reply size": the reply, or NULL when there is none.
static const char *reply_of(char *line) {
    char *words[5] = {NULL};
    char *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(line, " ", &rest); word != NULL && count < 5; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    return count == 5 ? words[3] : NULL;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: responder port [subject]\n");
        return 2;
    }
    uint16_t port = (uint16_t)number_argument(argc, argv, 1, 0, 65535);
    const char *subject = argc > 2 ? argv[2] : "bench.echo";
    end_with_parent(NULL);
    int descriptor = connect_loopback(port);
    struct reader reader;
    // A message (8 MiB at most on our servers) and its line fit whole.
    reader_init(&reader, descriptor, (8 << 20) + (64 << 10));
    struct output answers = {0};
    char hello[1024];
    int hello_size = snprintf(hello, sizeof hello,
                              "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\",\"version\":\"0\","
                              "\"name\":\"responder\",\"headers\":false,\"protocol\":1}\r\nSUB %s 1\r\nPING\r\n",
                              subject);
    bool alive = join(descriptor) && hello_size > 0 && (size_t)hello_size < sizeof hello && write_all(descriptor, hello, (size_t)hello_size);
    bool is_ready = false;
    while (alive) {
        if (answers.count > 0 && !reader_has_line(&reader)) alive = output_flush(&answers, descriptor);
        char *line = alive ? reader_line(&reader) : NULL;
        if (line == NULL) break;
        if (strncmp(line, "MSG ", 4) == 0) {
            size_t size = last_number(line);
            char head[1024];
            const char *reply = reply_of(line);
            int head_size = reply == NULL ? 0 : snprintf(head, sizeof head, "PUB %s %zu\r\n", reply, size);
            const char *payload = reader_bytes(&reader, size + 2);
            if (payload == NULL) break;
            if (head_size <= 0 || (size_t)head_size >= sizeof head) continue;
            output_append(&answers, head, (size_t)head_size);
            output_append(&answers, payload, size + 2);
        } else if (strncmp(line, "PING", 4) == 0) {
            output_append(&answers, "PONG\r\n", 6);
        } else if (strncmp(line, "PONG", 4) == 0 && !is_ready) {
            is_ready = true;
            printf("ready\n");
            fflush(stdout);
        } else if (strncmp(line, "-ERR", 4) == 0) {
            fprintf(stderr, "responder: %s\n", line);
            return 1;
        }
    }
    fprintf(stderr, "responder: the server closed the connection\n");
    return 1;
}
