// TLS for our servers, one client at a time, and for our client of a server: what peer.h reads and writes goes through it.
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>

// Begins a client: INFO, and behind it TLS, if the environment names PEER_TLS_CERTIFICATE and PEER_TLS_KEY (PEM files).
// False when the client is gone.
bool greet(int descriptor);

// Ends what `greet` began; the descriptor stays open.
void part(void);

// The other side: behind the INFO of a server, begins TLS if the environment has PEER_TLS=1. The certificate isn't checked,
// since all of it is on this machine. False when the server is gone.
bool join(int descriptor);

#endif
