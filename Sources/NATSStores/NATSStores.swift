// JetStream on top of `NATSConnection`; key-value and object stores will follow. One import is enough: the client comes along.
@_exported public import NATSClient
