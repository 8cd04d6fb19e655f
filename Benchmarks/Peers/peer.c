#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const char info_line[] =
    "INFO {\"server_id\":\"PEER\",\"server_name\":\"peer\",\"version\":\"2.12.0\",\"proto\":1,\"go\":\"none\","
    "\"host\":\"127.0.0.1\",\"port\":4222,\"headers\":true,\"max_payload\":8388608,\"client_id\":1}\r\n";

ssize_t (*peer_read)(int, void *, size_t) = read;
ssize_t (*peer_write)(int, const void *, size_t) = write;

void die(const char *what) {
    perror(what);
    exit(1);
}

uint64_t number_argument(int argc, char **argv, int index, uint64_t fallback, uint64_t maximum) {
    if (index >= argc) return fallback;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(argv[index], &end, 10);
    if (errno != 0 || end == argv[index] || *end != '\0' || value > maximum) {
        fprintf(stderr, "%s: '%s' is not a number up to %llu\n", argv[0], argv[index], (unsigned long long)maximum);
        exit(2);
    }
    return value;
}

static void *wait_for_end_of_input(void *complaint) {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {}
    if (complaint == NULL) _exit(0);
    fprintf(stderr, "%s\n", (const char *)complaint);
    _exit(1);
    return NULL;
}

static void end_now(int signal_number) {
    (void)signal_number;
    _exit(0);
}

void end_with_parent(const char *complaint) {
    signal(SIGTERM, end_now);
    signal(SIGPIPE, SIG_IGN);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_end_of_input, (void *)complaint) != 0) die("pthread_create");
    pthread_detach(thread);
}

static struct sockaddr_in loopback(uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void disable_delay(int descriptor) {
    int enabled = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
}

int listen_and_announce(uint16_t port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    int enabled = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof enabled);
    struct sockaddr_in address = loopback(port);
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) != 0) die("bind");
    if (listen(listener, 16) != 0) die("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) != 0) die("getsockname");
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int accept_connection(int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (descriptor < 0) die("accept");
    disable_delay(descriptor);
    return descriptor;
}

int connect_loopback(uint16_t port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) die("socket");
    struct sockaddr_in address = loopback(port);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    disable_delay(descriptor);
    return descriptor;
}

bool write_all(int descriptor, const void *bytes, size_t count) {
    const char *rest = bytes;
    while (count > 0) {
        ssize_t sent = peer_write(descriptor, rest, count);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        rest += sent;
        count -= (size_t)sent;
    }
    return true;
}

uint64_t monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t processor_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

long peak_resident_kilobytes(void) {
    // Not ru_maxrss: that begins with the size of the process that forked us.
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    long kilobytes = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1) break;
    }
    if (status != NULL) fclose(status);
    return kilobytes;
}

size_t header_block(char block[HEADER_BLOCK_MAX], unsigned count) {
    size_t size = (size_t)snprintf(block, HEADER_BLOCK_MAX, "NATS/1.0\r\n");
    for (unsigned index = 1; index <= count; index++)
        size += (size_t)snprintf(block + size, HEADER_BLOCK_MAX - size, "Bench-Header-%u: 0123456789abcdef\r\n", index);
    return size + (size_t)snprintf(block + size, HEADER_BLOCK_MAX - size, "\r\n");
}

void reader_init(struct reader *reader, int descriptor, size_t capacity) {
    *reader = (struct reader){.descriptor = descriptor, .capacity = capacity, .bytes = malloc(capacity)};
    if (reader->bytes == NULL) die("malloc");
}

void reader_free(struct reader *reader) { free(reader->bytes); }

// Enough for a control line with headers and a little payload.
enum { DISCARDING_READ = 1024 };

// Makes room and reads once; false at the end or when the buffer is full.
static bool reader_fill(struct reader *reader) {
    if (reader->start > 0) {
        memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (reader->end == reader->capacity) return false;
    size_t room = reader->capacity - reader->end;
    if (reader->discards && room > DISCARDING_READ) room = DISCARDING_READ;
    while (true) {
        ssize_t got = peer_read(reader->descriptor, reader->bytes + reader->end, room);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        reader->end += (size_t)got;
        return true;
    }
}

bool reader_has_line(const struct reader *reader) {
    return memchr(reader->bytes + reader->start, '\n', reader->end - reader->start) != NULL;
}

char *reader_line(struct reader *reader) {
    while (true) {
        char *line = reader->bytes + reader->start;
        char *newline = memchr(line, '\n', reader->end - reader->start);
        if (newline != NULL) {
            reader->start = (size_t)(newline - reader->bytes) + 1;
            *newline = '\0';
            if (newline > line && newline[-1] == '\r') newline[-1] = '\0';
            return line;
        }
        if (!reader_fill(reader)) return NULL;
    }
}

const char *reader_bytes(struct reader *reader, size_t count) {
    while (reader->end - reader->start < count) {
        if (!reader_fill(reader)) return NULL;
    }
    const char *bytes = reader->bytes + reader->start;
    reader->start += count;
    return bytes;
}

bool reader_skip(struct reader *reader, size_t count) {
    while (true) {
        size_t there = reader->end - reader->start;
        size_t taken = there < count ? there : count;
        reader->start += taken;
        count -= taken;
        if (count == 0) return true;
        if (reader->discards && count > DISCARDING_READ && peer_read == read) {
            // TCP drops this many bytes without copying them.
            ssize_t dropped = recv(reader->descriptor, NULL, count, MSG_TRUNC);
            if (dropped < 0 && errno == EINTR) continue;
            if (dropped <= 0) return false;
            count -= (size_t)dropped;
        } else if (!reader_fill(reader)) {
            return false;
        }
    }
}

void output_append(struct output *output, const void *bytes, size_t count) {
    if (output->count + count > output->capacity) {
        output->capacity = (output->count + count) * 2;
        output->bytes = realloc(output->bytes, output->capacity);
        if (output->bytes == NULL) die("realloc");
    }
    memcpy(output->bytes + output->count, bytes, count);
    output->count += count;
}

void output_free(struct output *output) { free(output->bytes); }

bool output_flush(struct output *output, int descriptor) {
    bool alive = write_all(descriptor, output->bytes, output->count);
    output->count = 0;
    return alive;
}

size_t last_number(const char *line) {
    const char *blank = strrchr(line, ' ');
    return blank == NULL ? 0 : strtoull(blank + 1, NULL, 10);
}
