// One import is enough for users: the public types of the lower modules (EventLoop, SocketOptions, Headers,
// ServerInfo, ServerError, ConnectionStatus …) come with NATSClient.
@_exported public import NATSProtocol
@_exported public import Reactor
