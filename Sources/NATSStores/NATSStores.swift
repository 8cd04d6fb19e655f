// JetStream, key-value and object stores on top of `NATSConnection`. This version has none of them yet: the module is
// there so that packages can depend on its name, and brings the client along.
@_exported public import NATSClient
