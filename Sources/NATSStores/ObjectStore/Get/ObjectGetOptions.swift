/// How an object is got.
public struct ObjectGetOptions: Sendable {
    /// So many bytes are asked for ahead of the reader, but always at least two chunks. This bounds the memory of a get. Default:
    /// 4 MiB.
    public var windowBytes = 4 << 20
    /// How long the next chunk may take, losses of the connection and changes of leaders included. Default: 60 s.
    public var stallLimit: Duration = .seconds(60)
    /// Who is asked which bytes are the object's. A replica may be a moment behind: then an object that was just put isn't found, or
    /// ``NATSError/Code/objectChanged``. Default: the leader, and any replica only when it doesn't answer.
    public var source = ReadSource.leader
    /// Of a get to a file: what has come is kept when the get fails or is cancelled, beside the file as `<file>.<id>.part`, and the next
    /// get of the same object to the same file with this option goes on behind it. Default: false.
    public var resumes = false

    /// How many bytes are got at once unless it is said otherwise: 1 GiB.
    public static let maximumBytes = 1 << 30

    /// The defaults.
    public init() {}
}
