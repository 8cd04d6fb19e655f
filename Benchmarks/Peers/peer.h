// What the loopback peers share: sockets, buffered lines, and the end of the process.
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Prints the message with errno's text and ends with code 1.
_Noreturn void die(const char *what);

// A number argument, or `fallback` when there is none; ends the process when it isn't a number in range.
uint64_t number_argument(int argc, char **argv, int index, uint64_t fallback, uint64_t maximum);

// Ends the process with code 0 on SIGTERM or when standard input ends; call it before anything else. With a complaint the end of
// input isn't expected: that is printed, and the code is 1.
void end_with_parent(const char *complaint);

// Listens on 127.0.0.1 (port 0: any free one), and prints the port on a line of its own.
int listen_and_announce(uint16_t port);
int accept_connection(int listener);
int connect_loopback(uint16_t port);

// Writes everything; false when the connection is gone.
bool write_all(int descriptor, const void *bytes, size_t count);

uint64_t monotonic_nanoseconds(void);
// Processor time of all threads of this process.
uint64_t processor_nanoseconds(void);
long peak_resident_kilobytes(void);

// The block of `count` headers that all our benchmarks send, NUL-terminated; returns its size.
enum { HEADERS_MAX = 16, HEADER_BLOCK_MAX = 1024 };
size_t header_block(char block[HEADER_BLOCK_MAX], unsigned count);

// Buffered input of one connection.
struct reader {
    int descriptor;
    size_t start, end, capacity;
    char *bytes;
    // Large bodies follow that nobody looks at: little is read at a time, and what is skipped isn't copied.
    bool discards;
};

void reader_init(struct reader *reader, int descriptor, size_t capacity);
void reader_free(struct reader *reader);

// The next line without CR LF, NUL-terminated, valid until the next call; NULL at the end of the connection or when the
// line doesn't fit the buffer.
char *reader_line(struct reader *reader);

// The next `count` bytes in one piece, valid until the next call; NULL at the end or when they don't fit the buffer.
const char *reader_bytes(struct reader *reader, size_t count);

// Reads over `count` bytes; false at the end of the connection.
bool reader_skip(struct reader *reader, size_t count);

// True when a whole line is there without reading from the socket.
bool reader_has_line(const struct reader *reader);

// Bytes that are gathered, so that a burst costs one write.
struct output {
    char *bytes;
    size_t count, capacity;
};

void output_append(struct output *output, const void *bytes, size_t count);
void output_free(struct output *output);
// Writes and forgets what was gathered; false when the connection is gone.
bool output_flush(struct output *output, int descriptor);

// How the functions above read and write: read and write, unless something lies between us and the socket (tls.h).
extern ssize_t (*peer_read)(int descriptor, void *bytes, size_t count);
extern ssize_t (*peer_write)(int descriptor, const void *bytes, size_t count);

// The INFO line of our servers.
extern const char info_line[];

// The payload size at the end of a PUB, HPUB, MSG or HMSG line.
size_t last_number(const char *line);

#endif
